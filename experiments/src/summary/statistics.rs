//! Few samples, honestly: medians with their spread, exact tests, fitted exponents. No sample is thrown away.

/// The middle of some samples and how far they reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Number of samples, at least 1.
    pub count: usize,
    /// Middle value, or the mean of the two middle ones.
    pub median: f64,
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
}

impl Spread {
    /// Of finite samples; `None` without any.
    pub fn of(samples: &[f64]) -> Option<Self> {
        let mut sorted: Vec<f64> = samples.iter().copied().filter(|v| v.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let (&min, &max) = (sorted.first()?, sorted.last()?);
        let middle = sorted.len() / 2;
        let median = match sorted.len() % 2 {
            1 => sorted[middle],
            _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
        };
        Some(Self {
            count: sorted.len(),
            median,
            min,
            max,
        })
    }
}

/// Two-sided p-value of the Mann-Whitney U test, exact, with mid-ranks for ties: the part of all ways to split the pooled samples
/// in two groups of these sizes whose rank sum is at least as far from its mean.
///
/// Source: Mann, Whitney, Ann. Math. Statist. 18 (1947); ties by enumeration of the conditional distribution.
pub fn mann_whitney(a: &[f64], b: &[f64]) -> f64 {
    let mut pooled: Vec<(f64, bool)> = a.iter().map(|v| (*v, true)).collect();
    pooled.extend(b.iter().map(|v| (*v, false)));
    pooled.sort_by(|x, y| x.0.total_cmp(&y.0));
    // Ranks times two are whole numbers.
    let mut ranks = vec![0usize; pooled.len()];
    let mut start = 0;
    while start < pooled.len() {
        let same = pooled[start..]
            .iter()
            .take_while(|v| v.0 == pooled[start].0)
            .count();
        let end = start + same;
        ranks[start..end].fill(start + 1 + end);
        start = end;
    }
    let own = pooled.iter().zip(&ranks).filter(|((_, own), _)| *own);
    let observed: usize = own.map(|(_, rank)| rank).sum();
    let total: usize = ranks.iter().sum();
    // ways[k][s]: subsets of k samples with rank sum s.
    let mut ways = vec![vec![0.0; total + 1]; a.len() + 1];
    ways[0][0] = 1.0;
    for &rank in &ranks {
        for size in (1..=a.len()).rev() {
            for sum in (rank..=total).rev() {
                let more = ways[size - 1][sum - rank];
                ways[size][sum] += more;
            }
        }
    }
    let mean = total as f64 * a.len() as f64 / ranks.len().max(1) as f64;
    let distance = |sum: usize| (sum as f64 - mean).abs();
    let far = |(sum, _): &(usize, &f64)| distance(*sum) >= distance(observed) - 1e-9;
    let all: f64 = ways[a.len()].iter().sum();
    let extreme: f64 = ways[a.len()]
        .iter()
        .enumerate()
        .filter(far)
        .map(|(_, n)| n)
        .sum();
    extreme / all
}

/// Holm's correction for several tests: adjusted p-values in the order given.
///
/// Source: Holm, Scand. J. Statist. 6 (1979).
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&i, &j| p_values[i].total_cmp(&p_values[j]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0f64;
    for (place, &index) in order.iter().enumerate() {
        let scaled = p_values[index] * (p_values.len() - place) as f64;
        largest = largest.max(scaled.min(1.0));
        adjusted[index] = largest;
    }
    adjusted
}

/// `y = c x^exponent`, by least squares on logarithms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerLaw {
    /// Slope of the line through the logarithms.
    pub exponent: f64,
    /// Its standard error; `None` with fewer than three points.
    pub error: Option<f64>,
}

impl PowerLaw {
    /// Through positive points; `None` with fewer than two different x.
    pub fn fit(points: &[(f64, f64)]) -> Option<Self> {
        let logs: Vec<(f64, f64)> = points
            .iter()
            .filter(|(x, y)| *x > 0.0 && *y > 0.0 && x.is_finite() && y.is_finite())
            .map(|(x, y)| (x.ln(), y.ln()))
            .collect();
        let n = logs.len() as f64;
        let mean = |pick: fn(&(f64, f64)) -> f64| logs.iter().map(pick).sum::<f64>() / n;
        let (mx, my) = (mean(|p| p.0), mean(|p| p.1));
        let sxx: f64 = logs.iter().map(|p| (p.0 - mx).powi(2)).sum();
        let sxy: f64 = logs.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
        if logs.len() < 2 || sxx < 1e-12 {
            return None;
        }
        let exponent = sxy / sxx;
        let residual = |p: &(f64, f64)| p.1 - my - exponent * (p.0 - mx);
        let squares: f64 = logs.iter().map(|p| residual(p).powi(2)).sum();
        Some(Self {
            exponent,
            error: (logs.len() > 2).then(|| (squares / (n - 2.0) / sxx).sqrt()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads() {
        let spread = Spread::of(&[3.0, 1.0, 2.0, 10.0]).unwrap();
        assert_eq!(
            (spread.median, spread.min, spread.max, spread.count),
            (2.5, 1.0, 10.0, 4)
        );
        assert_eq!(Spread::of(&[7.0]).unwrap().median, 7.0);
        assert!(Spread::of(&[]).is_none() && Spread::of(&[f64::NAN]).is_none());
    }

    /// Tables of the exact distribution: complete separation has p = 2 / C(n + m, n).
    #[test]
    fn mann_whitney_equals_the_tables() {
        let close = |p: f64, expected: f64| assert!((p - expected).abs() < 1e-12, "{p} {expected}");
        close(mann_whitney(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 2.0 / 20.0);
        close(
            mann_whitney(&[5.0, 6.0, 7.0, 8.0], &[1.0, 2.0, 3.0, 4.0]),
            2.0 / 70.0,
        );
        close(
            mann_whitney(&[1.0, 2.0, 3.0, 4.0, 5.0], &[6.0, 7.0, 8.0, 9.0, 10.0]),
            2.0 / 252.0,
        );
        // U = 1 for 3 and 3: rank sums 6 and 7, each one way, on both sides.
        close(mann_whitney(&[1.0, 2.0, 4.0], &[3.0, 5.0, 6.0]), 4.0 / 20.0);
        close(mann_whitney(&[1.0, 2.0], &[1.0, 2.0]), 1.0);
        close(mann_whitney(&[1.0, 1.0, 1.0], &[1.0, 1.0]), 1.0);
        // Ties: {1,1,2} against {2,3,3}: rank sums (doubled) 3+3+7 = 13 at most in 1+... of 20 splits, both sides.
        let p = mann_whitney(&[1.0, 1.0, 2.0], &[2.0, 3.0, 3.0]);
        close(p, 4.0 / 20.0);
    }

    #[test]
    fn holm_multiplies_the_smallest_most() {
        assert_eq!(holm(&[0.01, 0.04, 0.03]), [0.03, 0.06, 0.06]);
        assert_eq!(holm(&[0.6, 0.9]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }

    #[test]
    fn exponents_are_found() {
        let points: Vec<(f64, f64)> = (1..6)
            .map(|x| (f64::from(x), 3.0 * f64::from(x).powf(1.5)))
            .collect();
        let fit = PowerLaw::fit(&points).unwrap();
        assert!((fit.exponent - 1.5).abs() < 1e-9 && fit.error.unwrap() < 1e-6);
        assert!(PowerLaw::fit(&points[..2]).unwrap().error.is_none());
        assert!(PowerLaw::fit(&[(2.0, 1.0), (2.0, 3.0)]).is_none());
        assert!(PowerLaw::fit(&[(0.0, 1.0), (1.0, -1.0)]).is_none());
    }
}
