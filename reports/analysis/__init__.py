"""What the notebooks import, and whoever writes their own.

from reports.analysis import open_published, figures, answers
book = open_published("data/sample.duckdb")   # the copy published beside it: no writer is in the way, nor we in his
book.outages                                  # a view or table as a pandas frame; dir(book) lists them
book.ask("SELECT ...")                        # or any question of your own, in SQL
figures.coverage(book)                        # a picture, with words and a table behind it
answers.seen(book)                            # what it comes to, in a sentence
"""

from reports.analysis import answers, figures
from reports.analysis.evaluated import open_evaluation
from reports.analysis.frames import Published, open_published

__all__ = ["Published", "answers", "figures", "open_evaluation", "open_published"]
