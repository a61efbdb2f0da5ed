"""The words and signs on the screen, each in a sentence. docs/glossary.md has the papers' words beside ours."""

from __future__ import annotations

WORDS = (
    ("G, generator", "The network that makes samples: it turns random numbers into points or images."),
    ("D, discriminator", "The network that scores samples: real ones high, generated ones low."),
    ("critic", "D in Wasserstein GANs: its scores are not chances, and their difference estimates W1."),
    ("z, latent", "The random numbers from which G makes one sample."),
    ("real, generated", "Samples of the data, blue and hollow; samples of G, orange and filled."),
    ("mode", "A place where the data are dense, such as one of the eight Gaussians of the ring."),
    ("mode collapse", "G makes samples of a few modes only and leaves the others out."),
    ("k, D steps", "Updates of D in one step of the run."),
    ("update", "One move of one player's weights along its gradient."),
    ("step", "One round of the players: as a rule k updates of D and one of G."),
    ("batch, m", "The samples that one update looks at."),
    ("seed", "The number from which all randomness of a run follows: the same seed gives the same run."),
    ("preset", "Settings that belong together; the line below its name says where its numbers come from."),
    ("α, rate", "How far a player moves at each update."),
    ("β₁, β₂", "How long an optimiser remembers past gradients, and their squares."),
    ("λ, γ, penalty", "The weight of a term that keeps D's slope within bounds."),
    ("slope", "How steeply D's score rises: the length of its gradient with respect to a sample."),
    ("logit", "A score before it becomes a chance: 0 is undecided, +2 is 88% real, −2 is 12% real."),
    ("loss, term", "What a player lowers; a loss can be a sum of several terms, and each is a curve."),
    ("gap", "D's mean score of real samples less its mean score of generated ones."),
    ("W1", "Wasserstein distance: how far, on average, generated samples must be moved to lie as the real ones do."),
    ("noise floor", "What a perfect generator would score with as few samples: smaller values mean nothing."),
    ("sd", "Standard deviation: how widely samples spread about their mean."),
    ("high quality", "The share of points within 3 sd of a mode."),
    ("KL, reverse KL", "Kullback–Leibler divergence of the data from G, or of G from the data; 0 if both are alike."),
    ("JS, JSD", "Jensen–Shannon divergence: between the two KLs, from 0 to log 2."),
    ("f-divergence", "A family of such distances, each from one convex function f with f(1) = 0."),
    ("D*, optimum", "The best D against the current G; dashed where it is known."),
    ("landscape", "D's score everywhere on the plane; G's points climb it."),
    ("average of G", "A running mean of G's weights over the last steps; its images are steadier."),
    ("packing", "D scores several samples together, and so notices if they are all alike."),
    ("resolution, px", "The side of an image in pixels."),
    ("pin", "A moment of the run that is kept for good, with all its pictures."),
    ("branch", "A new run that begins at a moment of another one; that one is kept as it is."),
)
"""Words, and what they mean."""


def page_tables(markdown: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The tables of the glossary's page: below each heading, words and what they are, with the papers' words.

    Args:
        markdown: The page: headings ``## ``, and tables of three columns.
    """
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for line in markdown.splitlines():
        if line.startswith("## "):
            found.append((line.removeprefix("## "), []))
        elif line.startswith("|") and found:
            cells = [plain_words(cell.strip()) for cell in line.strip("|").split("|")]
            if len(cells) != 3 or cells[0] == "here" or set(cells[0]) <= {"-"}:
                continue
            word, meaning, elsewhere = cells
            meaning = f"{meaning[:1].upper()}{meaning[1:]}."
            found[-1][1].append((word, f"{meaning} Elsewhere: {elsewhere}." if elsewhere else meaning))
    return [(title, rows) for title, rows in found if rows]


def plain_words(text: str) -> str:
    """A text without Markdown's marks."""
    return text.replace("`", "").replace("*", "")
