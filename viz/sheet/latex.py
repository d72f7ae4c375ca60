"""Text as TeX prints it letter by letter: nothing in a token is a command."""

NAMES = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "“": "``",
    "”": "''",
    "‘": "`",
    "’": "'",
    "…": r"\ldots{}",
    "−": r"\ensuremath{-}",
    "∞": r"\ensuremath{\infty}",
    "×": r"\ensuremath{\times}",
    "·": r"\ensuremath{\cdot}",
    "÷": r"\ensuremath{\div}",
    "√": r"\ensuremath{\surd}",
    "≠": r"\ensuremath{\neq}",
    "≤": r"\ensuremath{\leq}",
    "≥": r"\ensuremath{\geq}",
    "≈": r"\ensuremath{\approx}",
    "→": r"\ensuremath{\to}",
    "←": r"\ensuremath{\leftarrow}",
    "Σ": r"\ensuremath{\Sigma}",
    "°": r"\ensuremath{^\circ}",
    "‹": r"\guilsinglleft{}",
    "›": r"\guilsinglright{}",
    "Δ": r"\ensuremath{\Delta}",
    "α": r"\ensuremath{\alpha}",
    "β": r"\ensuremath{\beta}",
    "γ": r"\ensuremath{\gamma}",
    "μ": r"\ensuremath{\mu}",
    "σ": r"\ensuremath{\sigma}",
    "ᵀ": r"\ensuremath{^{T}}",
    "␣": r"\textvisiblespace{}",
}
NAMES |= {letter: f"\\{letter}" for letter in "{}$&#_%"}
NAMES |= {letter: rf"\ensuremath{{_{place}}}" for place, letter in enumerate("₀₁₂₃₄₅₆₇₈₉")}
NAMES |= {letter: rf"\ensuremath{{^{place}}}" for place, letter in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
NAMES["⁻"] = r"\ensuremath{^{-}}"


def escaped(text: str) -> str:
    """Return the text so that TeX prints it letter by letter, its whitespace made single."""
    return "".join(NAMES.get(letter, letter) for letter in " ".join(text.split()) if letter.isprintable())


def url(link: str) -> str:
    r"""Return a link as it may stand inside \\url{} and \\href{}."""
    return link.replace("\\", "%5C").replace("{", "%7B").replace("}", "%7D").replace("%", r"\%").replace("#", r"\#")
