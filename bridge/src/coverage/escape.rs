//! The probability that wrong operations are not in a sample.

use std::fmt;

/// A probability, as its logarithm.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct EscapeProbability {
    /// `log2`; minus infinity for 0.
    pub log2: f64,
}

impl EscapeProbability {
    /// As a number; 0 when it is below the smallest one.
    pub fn value(self) -> f64 {
        self.log2.exp2()
    }
}

impl fmt::Display for EscapeProbability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.log2 {
            f64::NEG_INFINITY => f.write_str("0"),
            log2 if log2 > -10.0 => write!(f, "{:.4} (2^{log2:.2})", self.value()),
            log2 if log2 > -1000.0 => write!(f, "{:.2e} (2^{log2:.1})", self.value()),
            log2 => write!(f, "2^{log2:.1}"),
        }
    }
}

/// The probability that none of `wrong` wrong operations is among `sampled` drawn ones of `total`:
/// `C(total - wrong, sampled) / C(total, sampled)`.
///
/// ```text
/// = prod_{i < sampled} (total - wrong - i) / (total - i) = prod_{i < wrong} (total - sampled - i) / (total - i)
/// ```
/// The shorter product is taken. Numbers above `total` count as `total`.
pub fn escape_probability(total: usize, sampled: usize, wrong: usize) -> EscapeProbability {
    let (many, few) = (sampled.max(wrong).min(total), sampled.min(wrong).min(total));
    let log2 = if many + few > total {
        f64::NEG_INFINITY
    } else {
        // (total - i - many) / (total - i); ln_1p keeps small ratios exact.
        let factors = (0..few).map(|i| (-(many as f64) / (total - i) as f64).ln_1p());
        factors.sum::<f64>() / std::f64::consts::LN_2
    };
    EscapeProbability { log2 }
}

/// What a sample of `sampled` of `total` operations says about wrong ones: one of them, 1 % and 10 %.
///
/// The draw is a hash of the committed results, so a cheating prover can try other results until a draw misses the wrong
/// ones: the probabilities are for one attempt.
pub fn sample_sentence(total: usize, sampled: usize) -> String {
    let mut counts = vec![(1, "1 wrong operation escapes".to_owned())];
    for percent in [1, 10] {
        let wrong = (total * percent).div_ceil(100);
        if counts.last().is_some_and(|(before, _)| *before < wrong) {
            counts.push((wrong, format!("{wrong} ({percent} %) escape")));
        }
    }
    let parts: Vec<String> = counts
        .into_iter()
        .map(|(wrong, text)| {
            let probability = escape_probability(total, sampled, wrong);
            format!("{text} with probability {probability}")
        })
        .collect();
    format!(
        "sample: {sampled} of {total} operations, drawn after all results were fixed, are proven; {}; \
         a prover that tries 2^a sets of results multiplies this by up to 2^a",
        parts.join(", ")
    )
}
