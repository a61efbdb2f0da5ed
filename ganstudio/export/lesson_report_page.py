"""The page of a lesson's report: one template, filled with every text escaped. It asks for nothing outside itself."""

from __future__ import annotations

from ganstudio.export.page_colours import page_colours

COLOURS = {"paper": "base", "raised": "raised", "line": "line", "text": "text", "quiet": "quiet",
           "good": "discriminator", "warning": "warning", "accent": "accent"}
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
body { margin: 0 auto; max-width: 52rem; padding: 1.5rem 1.25rem 4rem; background: var(--paper); color: var(--text);
  font: 1rem/1.55 system-ui, "Segoe UI", "Helvetica Neue", "DejaVu Sans", Arial, sans-serif; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .5rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; color: var(--accent); }
h4 { font-size: 1rem; margin: 1rem 0 .25rem; }
p { margin: .5rem 0; }
a { color: var(--accent); }
.quiet { color: var(--quiet); }
.notice { border-left: 4px solid var(--warning); background: var(--raised); padding: .5rem .75rem; }
blockquote { margin: .75rem 0; padding: 0 1rem; border-left: 3px solid var(--line); color: var(--quiet); }
code, pre { font-family: ui-monospace, "Cascadia Mono", Menlo, "DejaVu Sans Mono", monospace; font-size: .875em;
  overflow-wrap: anywhere; }
pre { background: var(--raised); padding: .75rem; border-radius: 4px; white-space: pre-wrap; }
.formula { margin: .75rem 0; text-align: center; overflow-x: auto; }
.formula svg { max-width: 100%; height: auto; }
.inline svg { height: 1.25em; width: auto; vertical-align: -.35em; }
figure { margin: 1rem 0; break-inside: avoid; }
figure img { max-width: 100%; }
figcaption { font-size: .875rem; color: var(--quiet); }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; margin: .75rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
th { color: var(--quiet); font-weight: 600; }
.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.holds { color: var(--good); white-space: nowrap; }
tr.differs td.holds { color: var(--warning); font-weight: 700; }
details { margin: .75rem 0; border: 1px solid var(--line); border-radius: 4px; padding: .25rem .75rem; }
summary { cursor: pointer; color: var(--accent); font-weight: 600; }
footer { margin-top: 3rem; font-size: .875rem; color: var(--quiet); }
@page { size: A4; margin: 15mm; }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  h2, h3, thead { break-after: avoid; }
  tr, pre { break-inside: avoid; }
  details { border: none; padding: 0; }
}
</style>
</head>
<body>
<header>
<h1>{{ r.title }}</h1>
<p>{{ r.summary }}</p>
<p class="quiet">{{ r.subtitle }}</p>
{% for remark in r.remarks %}
<p class="notice">{{ remark }}</p>
{% endfor %}
</header>
{{ r.introduction }}
{% for step in r.steps %}
<section aria-labelledby="step-{{ step.number }}">
<h2 id="step-{{ step.number }}">{{ step.number }}. {{ step.title }}</h2>
{% if not step.reached %}
<p class="quiet">The lesson was not played so far.</p>
{% endif %}
{{ step.prose }}
{% if step.question %}
<h3>Question</h3>
{{ step.question }}
{% if step.opened %}
<h3>Answer</h3>
{{ step.answer }}
{% else %}
<details><summary>Answer</summary>
{{ step.answer }}
</details>
{% endif %}
{% endif %}
{% if step.claims %}
<table>
<thead><tr><th>the notes claim</th><th>measured</th><th class="figure">at step</th><th class="figure">value</th>
<th>must be</th><th></th></tr></thead>
<tbody>
{% for claim in step.claims %}
<tr{% if claim.differs %} class="differs"{% endif %}>
<td>{{ claim.text }}</td><td class="quiet">{{ claim.measure }}</td><td class="figure">{{ claim.at }}</td>
<td class="figure">{{ claim.value }}</td><td>{{ claim.bound }}</td>
<td class="holds">{{ claim.mark }} {{ claim.verdict }}</td>
</tr>
{% endfor %}
</tbody>
</table>
{% endif %}
</section>
{% endfor %}
<footer>{{ r.footer }}</footer>
</body>
</html>
"""
