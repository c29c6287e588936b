/**
 * How often something may happen although it was seen seldom or never: the exact one-sided upper
 * bound of a rate (Clopper and Pearson 1934). For nothing seen in n runs it is 1 - 0.05^(1/n), which
 * the rule of three calls 3/n.
 */

/** How sure the bound is: one in twenty such bounds may lie below the true rate. */
export const CONFIDENCE = 0.95;

/** Halvings of [0, 1]: as fine as a double is. */
const HALVINGS = 60;

/**
 * The largest rate at which `hits` or fewer in `runs` still happen with a probability of at least
 * 1 - confidence. 1 where there was no run.
 */
export function upperBound(hits: number, runs: number, confidence = CONFIDENCE): number {
  if (hits >= runs) return 1;
  let [low, high] = [hits / runs, 1];
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (low + high) / 2;
    if (probabilityOfAtMost(hits, runs, middle) > 1 - confidence) low = middle;
    else high = middle;
  }
  return high;
}

/** The binomial distribution, summed in logarithms: (1 - rate)^9000 is no double for larger rates. */
function probabilityOfAtMost(hits: number, runs: number, rate: number): number {
  if (rate >= 1) return 0;
  let term = runs * Math.log1p(-rate);
  let sum = Math.exp(term);
  for (let hit = 0; hit < hits; hit += 1) {
    term += Math.log((runs - hit) / (hit + 1)) + Math.log(rate) - Math.log1p(-rate);
    sum += Math.exp(term);
  }
  return sum;
}
