//! WHIR's parameters and error terms.

use super::{FIELD_BITS, Regime, Term};
use p3_whir::{FoldingFactor, ProtocolParameters, SecurityAssumption, WhirConfig};

/// Parameters of one WHIR commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WhirParameters {
    /// Variables of the committed polynomial.
    pub num_vars: usize,
    /// Regime of the analysis.
    pub regime: Regime,
    /// Bits for every single term.
    pub target: u32,
    /// Grinding before each query round, in bits.
    pub grinding: u32,
    /// The code's rate is `2^-log_inv_rate`.
    pub log_inv_rate: usize,
    /// Variables folded in the first round.
    pub first_fold: usize,
    /// Variables folded in each later round.
    pub fold: usize,
    /// Each round's rate is `2^-rate_step` times the one before, but the domain
    /// at least halves.
    pub rate_step: usize,
}

const FOLD: &str = "WHIR Thm 5.2";
const QUERIES: &str = "WHIR Thm 5.2";
const UNIQUE_GAP: &str = "2020/654 Thm 4.1, WHIR Lemma 4.10";
const JOHNSON_GAP: &str = "2025/2055 Thm 4.2, 2025/2110";

impl Regime {
    /// Queries after which a word far from the code of rate `2^-log_inv_rate`
    /// survives with probability at most `2^-bits`.
    #[must_use]
    pub fn queries(self, bits: u32, log_inv_rate: usize) -> usize {
        self.assumption().queries(bits as usize, log_inv_rate)
    }

    /// Bits of the proximity gap for folding once, for a message of
    /// `2^num_vars` symbols and challenges from a field of `field_bits` bits.
    ///
    /// Unique decoding: `n / |K|` for code length `n`. Johnson, with
    /// `eta = sqrt(rho)/20`, so `m = 10`:
    /// ```text
    /// [(2 (m+1/2)^5 + 3 (m+1/2) rho) / (3 rho^(3/2)) * n + (m+1/2)/sqrt(rho)] / |K|
    /// ```
    /// (the sharper bound of eprint 2026/2056 is not used).
    #[must_use]
    pub fn proximity_gap(self, num_vars: usize, log_inv_rate: usize, field_bits: usize) -> f64 {
        let log_length = (num_vars + log_inv_rate) as f64;
        let exceptions = match self {
            Self::UniqueDecoding => log_length,
            Self::Johnson => {
                let rate = (-(log_inv_rate as f64)).exp2();
                let m = 10.5_f64;
                let slope = (2.0 * m.powi(5) + 3.0 * m * rate) / (3.0 * rate.powf(1.5));
                (slope * log_length.exp2() + m / rate.sqrt()).log2()
            }
        };
        field_bits as f64 - exceptions
    }

    pub(crate) const fn assumption(self) -> SecurityAssumption {
        match self {
            Self::UniqueDecoding => SecurityAssumption::UniqueDecoding,
            Self::Johnson => SecurityAssumption::JohnsonBound,
        }
    }
}

impl WhirParameters {
    /// The same as `p3-whir` takes them.
    pub(crate) fn protocol(&self) -> ProtocolParameters {
        let folding_factor = FoldingFactor::ConstantFromSecondRound(self.first_fold, self.fold);
        let folds = folding_factor
            .compute_folding_schedule(self.num_vars)
            .unwrap_or_default();
        let rates = folds
            .iter()
            .rev()
            .skip(1)
            .rev()
            .scan(self.log_inv_rate, |rate, fold| {
                *rate += self.rate_step.min(fold.saturating_sub(1));
                Some(*rate)
            });
        ProtocolParameters {
            starting_log_inv_rate: self.log_inv_rate,
            round_log_inv_rates: rates.collect(),
            folding_factor,
            soundness_type: self.regime.assumption(),
            security_level: self.target as usize,
            pow_bits: self.grinding as usize,
        }
    }

    /// `log2` of the number of candidate polynomials of one commitment.
    #[must_use]
    pub fn candidates_log2(&self) -> f64 {
        self.regime
            .assumption()
            .list_size_bits(self.num_vars, self.log_inv_rate)
    }

    /// No opening is longer than this, in bytes.
    pub(crate) fn max_opening_bytes(&self) -> usize {
        let Some(schedule) = self.schedule() else {
            return 0;
        };
        // Digests of one path, and a length before each row.
        let overhead = 32 * (self.num_vars + self.log_inv_rate) + 10;
        let later = schedule.rounds.iter().map(|r| r.queries).skip(1);
        let queries = schedule
            .rounds
            .first()
            .map_or(schedule.last.queries, |r| r.queries);
        let mut bytes = queries * ((8 << schedule.folds[0]) + overhead);
        for (fold, queries) in schedule
            .folds
            .iter()
            .skip(1)
            .zip(later.chain([schedule.last.queries]))
        {
            bytes += queries * ((24 << fold) + overhead);
        }
        // Sumcheck messages, roots, samples, witnesses and lengths, generously; the
        // final polynomial.
        bytes + 256 * (self.num_vars + 8) + (24 << schedule.final_rounds)
    }

    /// All error terms of committing and opening one polynomial at one point.
    /// One term of zero bits if WHIR has no schedule for the parameters.
    #[must_use]
    pub fn terms(&self) -> Vec<Term> {
        let Some(schedule) = self.schedule() else {
            return vec![Term::new(
                "WHIR: no schedule for these parameters",
                0.0,
                "p3-whir",
            )];
        };
        let assumption = self.regime.assumption();
        // The p3 formulas take whole bits.
        let field = FIELD_BITS as usize;
        let gap_source = match self.regime {
            Regime::UniqueDecoding => UNIQUE_GAP,
            Regime::Johnson => JOHNSON_GAP,
        };
        let mut terms = Vec::new();
        let mut fold_terms = |round: usize, vars: usize, rate: usize, folds: usize| {
            let times = (folds.max(1) as f64).log2();
            let gap = self.regime.proximity_gap(vars, rate, field) - times;
            let sumcheck = assumption.fold_sumcheck_error(field, vars, rate) - times;
            terms.push(Term::new(
                format!("WHIR round {round}: proximity gap"),
                gap,
                gap_source,
            ));
            terms.push(Term::new(
                format!("WHIR round {round}: fold sumcheck"),
                sumcheck,
                FOLD,
            ));
            if self.regime == Regime::Johnson {
                let samples = schedule.samples(round);
                let bits = assumption.ood_error(vars, rate, field, samples);
                let name = format!("WHIR round {round}: out-of-domain samples");
                terms.push(Term::new(name, bits, "2024/390 Lemma 4.5"));
            }
        };
        fold_terms(0, self.num_vars, self.log_inv_rate, schedule.folds[0]);
        for (i, r) in schedule.rounds.iter().enumerate() {
            fold_terms(i + 1, r.num_vars, r.log_inv_rate, schedule.folds[i + 1]);
        }
        let samples = schedule.commitment_samples as f64;
        if samples > 0.0 {
            let bits = FIELD_BITS - samples.log2() - self.candidates_log2();
            terms.push(Term::new(
                "WHIR: claim combination",
                bits,
                "Schwartz-Zippel",
            ));
        }
        let mut rate = self.log_inv_rate;
        for (i, r) in schedule.rounds.iter().enumerate() {
            let bits = assumption.queries_error(rate, r.queries) + f64::from(r.grinding);
            let name = format!("WHIR round {i}: {} queries", r.queries);
            terms.push(Term {
                grinding: r.grinding,
                ..Term::new(name, bits, QUERIES)
            });
            let bits = assumption.queries_combination_error(
                field,
                r.num_vars,
                r.log_inv_rate,
                r.samples,
                r.queries,
            );
            terms.push(Term::new(
                format!("WHIR round {i}: combination"),
                bits,
                QUERIES,
            ));
            rate = r.log_inv_rate;
        }
        let last = &schedule.last;
        let bits = assumption.queries_error(rate, last.queries) + f64::from(last.grinding);
        let name = format!("WHIR final round: {} queries", last.queries);
        terms.push(Term {
            grinding: last.grinding,
            ..Term::new(name, bits, QUERIES)
        });
        if schedule.final_rounds > 0 {
            let bits = FIELD_BITS - 1.0 - (schedule.final_rounds as f64).log2();
            terms.push(Term::new("WHIR: final sumcheck", bits, FOLD));
        }
        terms
    }

    /// The derived schedule, as `p3-whir` will run it.
    fn schedule(&self) -> Option<Schedule> {
        use crate::pcs::{Challenger, Inner};
        let config: WhirConfig<Inner, p3_goldilocks::Goldilocks, Challenger> =
            WhirConfig::new(self.num_vars, self.protocol()).ok()?;
        let rounds = config.round_parameters().iter().map(|r| Round {
            num_vars: r.num_variables,
            log_inv_rate: r.log_inv_rate,
            queries: r.num_queries,
            samples: r.ood_samples,
            grinding: u32::try_from(r.pow_bits).unwrap_or(u32::MAX),
        });
        let terminal = config.terminal();
        Some(Schedule {
            rounds: rounds.collect(),
            folds: config.folding_schedule().to_vec(),
            commitment_samples: config.commitment_ood_samples(),
            last: Last {
                queries: terminal.num_queries,
                grinding: u32::try_from(terminal.pow_bits).unwrap_or(u32::MAX),
            },
            final_rounds: config.final_sumcheck_rounds(),
        })
    }
}

struct Round {
    num_vars: usize,
    log_inv_rate: usize,
    queries: usize,
    samples: usize,
    grinding: u32,
}

struct Last {
    queries: usize,
    grinding: u32,
}

/// What WHIR derives from the parameters.
struct Schedule {
    rounds: Vec<Round>,
    /// Variables folded in each round; one entry more than `rounds`.
    folds: Vec<usize>,
    commitment_samples: usize,
    last: Last,
    final_rounds: usize,
}

impl Schedule {
    /// Out-of-domain samples of the codeword of a round.
    fn samples(&self, round: usize) -> usize {
        match round.checked_sub(1) {
            None => self.commitment_samples,
            Some(i) => self.rounds.get(i).map_or(0, |r| r.samples),
        }
    }
}
