//! Parameters and error terms of the interleaved commitment.

use super::report::total;
use super::{Config, FIELD_BITS, Regime, SoundnessError, Term, WhirParameters, over_field};

/// `-log2` of the rate of the interleaved code.
const LOG_INV_RATE: usize = 1;
/// The parameters are chosen for this many column and shard coordinates, more than memory holds.
const MOST_COORDINATES: usize = 64;

/// Parameters of one interleaved commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterleavedParameters {
    /// Rows of a stack's matrix, as a power of two.
    pub log_rows: usize,
    /// Positions that are drawn.
    pub queries: usize,
    /// Grinding before they are drawn, in bits.
    pub grinding: u32,
    /// Tier 2.
    pub whir: WhirParameters,
}

impl InterleavedParameters {
    /// All error terms of opening shards with `sigma` shard coordinates at a point with `kappa` column coordinates.
    #[must_use]
    pub fn terms(&self, sigma: usize, kappa: usize) -> Vec<Term> {
        let code_len = (self.log_rows + LOG_INV_RATE) as f64;
        let coordinates = (sigma + kappa).max(1) as f64;
        let gap = FIELD_BITS - code_len - coordinates.log2();
        // A candidate of tier 2 each may be the one that passes.
        let candidates = self.whir.candidates_log2();
        let assumption = Regime::UniqueDecoding.assumption();
        let queries = assumption.queries_error(LOG_INV_RATE, self.queries);
        let name = format!("interleaved: {} queries", self.queries);
        let mut terms = vec![
            Term::new(
                "interleaved: proximity gap",
                gap,
                "Diamond-Gruen Cor. 3.7, 2020/654 Thm 4.1",
            ),
            Term::new(
                "interleaved: shards",
                over_field(sigma as f64),
                "Schwartz-Zippel",
            ),
            Term {
                grinding: self.grinding,
                ..Term::new(
                    name,
                    queries + f64::from(self.grinding) - candidates,
                    "Ligero, unique decoding",
                )
            },
        ];
        for (name, errors, source) in [
            (
                "interleaved: claim batching",
                self.queries as f64,
                "Schwartz-Zippel",
            ),
            (
                "interleaved: sumcheck",
                2.0 * self.log_rows as f64,
                "LFKN 1992",
            ),
            ("interleaved: coordinates", 2.0, "Schwartz-Zippel"),
        ] {
            terms.push(Term::new(name, over_field(errors) - candidates, source));
        }
        terms.extend(self.whir.terms());
        terms
    }
}

impl Config {
    /// Parameters of the interleaved commitment for stacks of `2^log_rows` rows, chosen so
    /// that everything around it fits the level too. Tier 1 is in unique decoding whatever the regime.
    ///
    /// # Errors
    /// If the field is too small.
    pub fn interleaved(&self, log_rows: usize) -> Result<InterleavedParameters, SoundnessError> {
        let mut achieved = 0.0_f64;
        // A few more bits for each term make up for the number of terms.
        for extra in 1..=8 {
            // Three coordinates are four in two variables.
            let whir = self.whir_for(log_rows + 2, extra);
            let candidates = whir.candidates_log2().ceil() as u32;
            let bits = self.level + extra + candidates - self.grinding;
            let parameters = InterleavedParameters {
                log_rows,
                queries: Regime::UniqueDecoding.queries(bits, LOG_INV_RATE),
                grinding: self.grinding,
                whir,
            };
            let bits = total(&parameters.terms(MOST_COORDINATES, MOST_COORDINATES));
            achieved = achieved.max(bits);
            // Half a bit is left for the rest of the argument.
            if bits >= f64::from(self.level) + 0.5 {
                return Ok(parameters);
            }
        }
        Err(SoundnessError::NotReached {
            achieved,
            required: self.level,
        })
    }
}
