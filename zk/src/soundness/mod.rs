//! Soundness of the whole argument, term by term, from proven bounds only.
//!
//! Every term is `-log2` of the probability that one step lets a false statement
//! pass, for the interactive argument. The level is reached if the *sum* of all
//! error probabilities is at most `2^-level`.
//!
//! | term | bound | source |
//! |---|---|---|
//! | lookup identity | `(checked cells + table entries) / abs(K)` | Haböck, eprint 2022/1530, Lemma 3; Schwartz-Zippel |
//! | fractional sums | `2/abs(K)` a round, `1/abs(K)` for each random combination | GKR; Papini-Haböck, eprint 2023/1284, section 3 |
//! | claim batching | `(claims - 1) / abs(K)` | Schwartz-Zippel |
//! | opening sumcheck | `2 m / abs(K)` | Lund et al. 1992 |
//! | WHIR: folds | proximity gap + sumcheck, for each folded variable | WHIR Thm 5.2; unique decoding: BCIKS20 (2020/654) Thm 4.1 with WHIR Lemma 4.10; Johnson: 2025/2055 Thm 4.2, made mutual by Haböck (2025/2110) |
//! | WHIR: queries | `(1 - delta)^t`, plus grinding | WHIR Thm 5.2 |
//! | WHIR: combination | `(queries + samples) L / abs(K)` | WHIR Thm 5.2 |
//! | WHIR: out-of-domain | Johnson only | STIR (2024/390) Lemma 4.5 |
//! | interleaved: proximity gap | `(sigma + kappa) n / abs(K)` | Diamond-Gruen (CiC 1(4), 2025) Cor. 3.7, with BCIKS20 Thm 4.1 |
//! | interleaved: queries | `(3/4)^Q`, plus grinding | rate 1/2, unique decoding |
//! | interleaved: shards, batching, sumcheck, coordinates | `(sigma + Q + 2 mu + 2) / abs(K)` | Schwartz-Zippel; LFKN 1992 |
//!
//! With `delta = (1 - rho)/2` (unique decoding) there is one candidate polynomial and nothing beyond the
//! random-oracle model is assumed. The columns (tier 1) are always analysed like this, and so is their combination
//! (tier 2, WHIR) by default. [`Regime::Johnson`] concerns tier 2 alone: with `delta = 1 - sqrt(rho) - eta`,
//! `eta = sqrt(rho)/20`, the combination stands for up to `L` candidates until it is opened, so the terms of the
//! interleaved opening after it is sent lose `log2 L` bits; those about the columns lose nothing. Conjectures about larger radii ("capacity") are not offered:
//! parts of them are refuted (eprints 2025/2010, 2025/2046).
//!
//! Fiat-Shamir: in the random-oracle model a prover making `Q` hash queries gains at
//! most a factor `Q` on the round-by-round error, the usual meaning of "bits"; grinding
//! is counted only in the query terms and shown separately.

mod interleaved;
mod report;
#[cfg(test)]
mod tests;
mod whir;

pub use interleaved::InterleavedParameters;
pub(crate) use report::FIELD_BITS;
pub use report::{SoundnessReport, Term, over_field};
pub use whir::WhirParameters;

use crate::stack::Layout;

/// Which radius the proximity test is analysed at. Both are proven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Regime {
    /// Up to half the minimum distance; no further assumption.
    #[default]
    UniqueDecoding,
    /// Up to the Johnson bound, by mutual correlated agreement; smaller proofs. Not the default.
    Johnson,
}

impl core::fmt::Display for Regime {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::UniqueDecoding => "unique decoding (proven)",
            Self::Johnson => "Johnson bound (proven)",
        })
    }
}

/// Lowest level that can be configured, in bits.
pub const MIN_LEVEL: u32 = 100;
/// Most grinding, in bits.
pub const MAX_GRINDING: u32 = 20;

/// Why a configuration is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SoundnessError {
    /// Below the lowest level.
    #[error("{0} bits of soundness requested, at least {MIN_LEVEL} required")]
    LevelTooLow(u32),
    /// Too much grinding.
    #[error("{0} bits of grinding requested, at most {MAX_GRINDING} allowed")]
    TooMuchGrinding(u32),
    /// The field is too small for the statement at this level.
    #[error("{achieved:.1} bits reached for this statement, {required} required")]
    NotReached {
        /// Bits reached.
        achieved: f64,
        /// Bits required.
        required: u32,
    },
}

/// Security level and the commitment's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    level: u32,
    regime: Regime,
    grinding: u32,
    log_inv_rate: usize,
    first_fold: usize,
    fold: usize,
    rate_step: usize,
}

impl Default for Config {
    /// 128 bits, unique decoding.
    fn default() -> Self {
        Self {
            level: 128,
            regime: Regime::UniqueDecoding,
            grinding: 0,
            log_inv_rate: 2,
            first_fold: 6,
            fold: 4,
            rate_step: 2,
        }
    }
}

impl Config {
    /// At least `level` bits of soundness, in the default regime.
    ///
    /// # Errors
    /// If `level` is below [`MIN_LEVEL`].
    pub fn new(level: u32) -> Result<Self, SoundnessError> {
        if level < MIN_LEVEL {
            return Err(SoundnessError::LevelTooLow(level));
        }
        Ok(Self {
            level,
            ..Self::default()
        })
    }

    /// The same level by another analysis.
    #[must_use]
    pub const fn with_regime(self, regime: Regime) -> Self {
        Self { regime, ..self }
    }

    /// The same level with `bits` of it in the query terms replaced by grinding
    /// (proof of work for each query round).
    ///
    /// # Errors
    /// If `bits` exceeds [`MAX_GRINDING`].
    pub const fn with_grinding(self, bits: u32) -> Result<Self, SoundnessError> {
        if bits > MAX_GRINDING {
            return Err(SoundnessError::TooMuchGrinding(bits));
        }
        Ok(Self {
            grinding: bits,
            ..self
        })
    }

    /// Another code rate `2^-log_inv_rate`, other numbers of variables folded in the
    /// first and in later rounds, and another `rate_step`: each round's rate is
    /// `2^-rate_step` times the one before (at most one less than the variables
    /// folded). Trades proving time for proof size. Zeros are read as ones.
    #[must_use]
    pub fn with_code(
        self,
        log_inv_rate: usize,
        first_fold: usize,
        fold: usize,
        rate_step: usize,
    ) -> Self {
        Self {
            log_inv_rate: log_inv_rate.max(1),
            first_fold: first_fold.max(1),
            fold: fold.max(1),
            rate_step: rate_step.max(1),
            ..self
        }
    }

    /// Required bits.
    #[must_use]
    pub const fn level(&self) -> u32 {
        self.level
    }

    /// Regime of the analysis.
    #[must_use]
    pub const fn regime(&self) -> Regime {
        self.regime
    }

    /// Canonical bytes for the transcript.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let regime = match self.regime {
            Regime::UniqueDecoding => 0,
            Regime::Johnson => 1,
        };
        [
            u64::from(self.level),
            regime,
            u64::from(self.grinding),
            self.log_inv_rate as u64,
            self.first_fold as u64,
            self.fold as u64,
            self.rate_step as u64,
        ]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect()
    }

    /// Parameters of the commitment for a stack of `num_vars` variables, chosen
    /// so that everything around it fits the level too.
    ///
    /// # Errors
    /// If the field is too small.
    pub fn whir(&self, num_vars: usize) -> Result<WhirParameters, SoundnessError> {
        let mut achieved = 0.0_f64;
        // A few more bits for each term make up for the number of terms.
        for extra in 1..=8 {
            let parameters = self.whir_for(num_vars, extra);
            let bits = report::total(&parameters.terms());
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

    /// Parameters with `extra` bits more than the level for each term.
    fn whir_for(&self, num_vars: usize, extra: u32) -> WhirParameters {
        WhirParameters {
            num_vars,
            regime: self.regime,
            target: self.level + extra,
            grinding: self.grinding,
            log_inv_rate: self.log_inv_rate,
            first_fold: self.first_fold.min(num_vars),
            fold: self.fold,
            rate_step: self.rate_step,
        }
    }

    /// Rows for proofs about `total` elements, as a power of two: about 48 columns, which balances opened rows against the
    /// combination that tier 2 commits to.
    #[must_use]
    pub fn log_rows(total: usize) -> usize {
        crate::multilinear::num_vars(total.div_ceil(64)).clamp(6, 22)
    }

    /// All error terms for proofs about `layout`, as matrices of `2^log_rows` rows, with at most `claims` claims: those of the relations that made the
    /// claims (`caller`, for one candidate polynomial), then those of the argument.
    ///
    /// # Errors
    /// If they add up to less than the level.
    pub fn report(
        &self,
        layout: &Layout,
        log_rows: usize,
        claims: usize,
        caller: &[Term],
    ) -> Result<SoundnessReport, SoundnessError> {
        let parameters = self.interleaved(log_rows)?;
        let report = SoundnessReport::new(self, layout, claims, caller, &parameters);
        if report.total_bits() < f64::from(self.level) {
            let achieved = report.total_bits();
            return Err(SoundnessError::NotReached {
                achieved,
                required: self.level,
            });
        }
        Ok(report)
    }
}
