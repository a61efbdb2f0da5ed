"""The page of a report: one template, filled with every text escaped. It asks for nothing outside itself."""

from __future__ import annotations

from ganstudio.export.page_colours import page_colours

COLOURS = {"paper": "base", "raised": "raised", "line": "line", "text": "text", "quiet": "quiet",
           "real": "real", "generated": "generated", "critic": "discriminator", "truth": "truth", "warning": "warning"}
"""The page's variables, and the palette's colours that they have."""

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="GAN Studio {{ r.version }}">
<title>{{ r.title }}</title>
<style>
""" + page_colours(COLOURS) + """
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1.5rem 1.25rem 4rem; background: var(--paper); color: var(--text);
  font: 1rem/1.5 system-ui, "Segoe UI", "Helvetica Neue", "DejaVu Sans", Arial, sans-serif; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .5rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
p { margin: .4rem 0; max-width: 46rem; }
.quiet { color: var(--quiet); }
.notice { border-left: 4px solid var(--warning); background: var(--raised); padding: .5rem .75rem; }
code, pre { font-family: ui-monospace, "Cascadia Mono", Menlo, "DejaVu Sans Mono", monospace; font-size: .875em;
  overflow-wrap: anywhere; }
pre { background: var(--raised); padding: .75rem; border-radius: 4px; white-space: pre-wrap; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.25rem; margin: .75rem 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
caption { text-align: left; color: var(--quiet); padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
th { color: var(--quiet); font-weight: 600; overflow-wrap: normal; white-space: nowrap; }
table.settings { table-layout: fixed; }
table.settings th:nth-child(1) { width: 22%; }
table.settings th:nth-child(2) { width: 14%; }
table.settings th:nth-child(3) { width: 12%; }
table.settings td.figure { white-space: normal; }
table.narrow { width: auto; }
table.narrow td, table.narrow th { padding-right: 1.75rem; }
.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.differs td:first-child { border-left: 4px solid var(--generated); padding-left: .5rem; }
tr.differs td.figure { font-weight: 700; }
.wide { overflow-x: auto; }
.measures td:first-child { white-space: nowrap; }
.measures td:last-child { min-width: 19rem; }
.settings { min-width: 38rem; }
.curves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: 1rem 1.5rem; }
figure { margin: 0; break-inside: avoid; }
figcaption { font-size: .875rem; color: var(--quiet); }
figcaption b { color: var(--text); }
svg { display: block; width: 100%; height: auto; overflow: visible; }
sub { font-size: .75em; line-height: 1; }
svg text { font-size: 12px; fill: var(--quiet); font-family: inherit; }
svg text.small { font-size: 10px; }
svg text.warning { fill: var(--warning); }
.points svg { max-width: 34rem; }
.frame { fill: none; stroke: var(--line); }
.grid { stroke: var(--line); stroke-width: .5; }
.change { stroke: var(--text); stroke-width: 1; stroke-dasharray: 2 3; }
.lost { stroke: var(--warning); stroke-width: 2; }
.curve { fill: none; stroke-width: 1.75; stroke-linejoin: round; }
.curve.discriminator { stroke: var(--critic); }
.curve.generator { stroke: var(--generated); }
.curve.noisy { stroke-width: .75; opacity: .45; }
.real circle { fill: none; stroke: var(--real); stroke-width: 1; }
.generated circle { fill: var(--generated); }
.bars { stroke-width: 1.5; }
.bars.real { fill: none; stroke: var(--real); }
.bars.generated { fill: var(--generated); fill-opacity: .55; stroke: none; }
.truth { fill: none; stroke: var(--truth); stroke-width: 1.25; stroke-dasharray: 5 4; }
.key { display: inline-block; width: .8em; height: .8em; border-radius: 50%; margin: 0 .35em 0 .75em; }
.key:first-child { margin-left: 0; }
.key.hollow { border: 2px solid var(--real); }
.key.filled { background: var(--generated); }
.key.dashed { border: 2px dashed var(--truth); }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: 1.25rem; }
.pictures img { width: 100%; image-rendering: pixelated; display: block; }
.formula { margin: .5rem 0 1rem; color: var(--text); overflow-x: auto; }
.formula svg { width: auto; max-width: 100%; }
footer { margin-top: 3rem; font-size: .875rem; color: var(--quiet); }
@page { size: A4; margin: 15mm; }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  h2, h3, thead { break-after: avoid; }
  table { font-size: 9pt; }
  tr, pre, dl { break-inside: avoid; }
  .curves { grid-template-columns: 1fr 1fr; gap: .5rem 1rem; }
  .wide, .formula { overflow: visible; }
  .measures td:last-child, .settings { min-width: 0; }
  .points svg { max-width: 12cm; }
}
</style>
</head>
<body>
<header>
<h1>{{ r.title }}</h1>
<p class="quiet">{{ r.subtitle }}</p>
{% for notice in r.notices %}
<p class="notice">{{ notice }}</p>
{% endfor %}
<dl>
{% for name, value in r.facts %}
<dt>{{ name }}</dt><dd>{{ value }}</dd>
{% endfor %}
</dl>
</header>

<section aria-labelledby="samples">
<h2 id="samples">Samples</h2>
{% if r.pictures %}
<div class="pictures">
{% for picture in r.pictures %}
<figure>
<img src="data:image/png;base64,{{ picture.png }}" alt="{{ picture.caption }}">
<figcaption>{{ picture.caption }}</figcaption>
</figure>
{% endfor %}
</div>
{% else %}
<figure class="points">
{{ r.drawing }}
<figcaption><span class="key hollow"></span>real<span class="key filled"></span>generated
{%- if r.truth %}<span class="key dashed"></span>{{ r.truth }}{% endif %}. {{ r.drawing_caption }}</figcaption>
</figure>
{% endif %}
</section>

<section aria-labelledby="measures">
<h2 id="measures">Measures</h2>
<p>{{ r.measures_caption }}</p>
{% if r.measures %}
<div class="wide">
<table class="measures">
<thead><tr>
<th>measure</th><th class="figure">this generator</th><th class="figure">a perfect generator</th><th>better is</th>
<th>what it is</th>
</tr></thead>
<tbody>
{% for row in r.measures %}
<tr>
<td>{{ row.title }}</td><td class="figure">{{ row.value }}</td><td class="figure">{{ row.floor }}</td>
<td>{{ row.better }}</td><td class="quiet">{{ row.help }}</td>
</tr>
{% endfor %}
</tbody>
</table>
</div>
{% endif %}
</section>

<section aria-labelledby="curves">
<h2 id="curves">Curves</h2>
<p>{{ r.curves_caption }}</p>
<div class="curves">
{% for chart in r.charts %}
<figure>
{{ chart.drawing }}
<figcaption><b>{{ chart.title }}</b> {{ chart.caption }}</figcaption>
</figure>
{% endfor %}
</div>
</section>

<section aria-labelledby="changes">
<h2 id="changes">Your changes</h2>
{% if r.changes %}
<table class="narrow">
<thead><tr><th class="figure">no.</th><th class="figure">after step</th><th>what</th><th>to</th></tr></thead>
<tbody>
{% for row in r.changes %}
<tr>
<td class="figure">{{ row.number }}</td><td class="figure">{{ row.at }}</td><td>{{ row.what }}</td>
<td>{{ row.to }}</td>
</tr>
{% endfor %}
</tbody>
</table>
{% if r.changes_left %}<p>{{ r.changes_left }}</p>{% endif %}
{% else %}
<p>None: every setting stayed as it was at the start of the run.</p>
{% endif %}
</section>

<section aria-labelledby="again">
<h2 id="again">The same run again</h2>
<pre><code>{{ r.command }}</code></pre>
<p class="quiet">{{ r.command_caption }}</p>
</section>

<section aria-labelledby="objective">
<h2 id="objective">What the players minimise</h2>
{% for formula in r.formulas %}
<h3>{{ formula.title }}</h3>
<div class="formula">
{% if formula.drawing %}{{ formula.drawing }}{% else %}<code>{{ formula.latex }}</code>{% endif %}

</div>
{% endfor %}
<p>{{ r.reference }}</p>
</section>

<section aria-labelledby="settings">
<h2 id="settings">Settings</h2>
<p>{{ r.settings_caption }}</p>
{% for group in r.settings %}
<h3>{{ group.title }}</h3>
<div class="wide">
<table class="settings">
<thead><tr><th>setting</th><th class="figure">value</th><th>unit</th><th>what it does</th></tr></thead>
<tbody>
{% for row in group.rows %}
<tr{% if row.usual %} class="differs"{% endif %}>
<td>{{ row.title }}</td><td class="figure">{{ row.value }}</td><td>{{ row.unit }}</td>
<td><span class="quiet">{{ row.help }}</span>{% if row.usual %}<br>{{ row.usual }}{% endif %}</td>
</tr>
{% endfor %}
</tbody>
</table>
</div>
{% endfor %}
</section>

<footer>{{ r.footer }}</footer>
</body>
</html>
"""
