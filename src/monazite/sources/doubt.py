"""Which trade quantities to doubt: a unit-value test against neighbours in time and other lanes of the year."""

import duckdb
import numpy as np

from monazite.sources.table import Columns

MIN_VALUE_USD = (
    1e6  # smaller lanes have unit values too noisy to judge; source: this project, docs/decisions/0002
)
MAX_RATIO = 2.5  # design section 3: "unit values more than 2.5 times their neighbours'"

QUERY = """
WITH lane AS (
    SELECT rowid_, product_code, year, value_usd, ln(value_usd / quantity_gross_t) AS log_uv,
           lag(ln(value_usd / quantity_gross_t)) OVER w AS before, lag(year) OVER w AS year_before,
           lead(ln(value_usd / quantity_gross_t)) OVER w AS after, lead(year) OVER w AS year_after
    FROM trade WHERE quantity_gross_t > 0 AND value_usd > 0
    WINDOW w AS (PARTITION BY edition, product_code, exporter, importer ORDER BY year)
), jump AS (
    SELECT rowid_, product_code, year, value_usd,
           log_uv - before AS rise, log_uv - after AS fall
    FROM lane WHERE year_before = year - 1 AND year_after = year + 1
), usual AS (
    SELECT product_code, year, median(rise) AS rise, median(fall) AS fall FROM jump GROUP BY ALL
)
SELECT rowid_ FROM jump JOIN usual USING (product_code, year)
WHERE value_usd >= $min_value_usd
  AND abs(jump.rise - usual.rise) > ln($max_ratio) AND abs(jump.fall - usual.fall) > ln($max_ratio)
  AND sign(jump.rise - usual.rise) = sign(jump.fall - usual.fall)
ORDER BY rowid_
"""


def find_doubtful_quantities(trade: Columns) -> np.ndarray:
    r"""
    Find rows whose unit value breaks from the lane's own neighbours and from other lanes of that year.

    Parameters
    ----------
    trade : Columns
        The table `trade`: edition, product_code, year, exporter, importer, value_usd [USD],
        quantity_gross_t [t gross].

    Returns
    -------
    ndarray of int
        Row numbers, ascending. A lane is judged in years whose neighbours on both sides are there and whose
        value is at least 1 million USD.

    Notes
    -----
    With u the log of the unit value of a lane and m the median over all lanes of the code,

    .. math:: d_t = (u_t - u_{t-1}) - m(u_t - u_{t-1}), \quad e_t = (u_t - u_{t+1}) - m(u_t - u_{t+1})

    a row is doubtful when :math:`d_t` and :math:`e_t` have the same sign and both exceed :math:`\ln 2.5`:
    a year that is dear (or cheap) against both neighbours while other lanes were not.
    """
    numbered = {**trade, "rowid_": np.arange(len(trade["year"]))}
    with duckdb.connect() as connection:
        connection.register("trade", numbered)
        found = connection.execute(QUERY, {"min_value_usd": MIN_VALUE_USD, "max_ratio": MAX_RATIO})
        return np.asarray(found.fetchnumpy()["rowid_"], dtype=np.int64)
