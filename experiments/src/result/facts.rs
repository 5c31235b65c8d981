//! Facts about the machine, the parameters and the proof, in the form that results keep them.

use std::time::{SystemTime, UNIX_EPOCH};

use blindproof_bridge::artefact::hexadecimal;
use blindproof_bridge::coverage::Coverage;
use blindproof_fhe::model::{LayerNoise, Reading};
use blindproof_fhe::params::ParameterSet;
use blindproof_zk::soundness::{SoundnessReport, Term};
use serde::{Deserialize, Serialize};

/// The machine a run was made on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Model name of the processor.
    pub cpu: String,
    /// Logical cores the process could use.
    pub cores: usize,
    /// Memory in bytes; `None` where the system does not say.
    pub memory_bytes: Option<u64>,
    /// Operating system, with its version where known.
    pub os: String,
    /// Instruction set extensions the program was compiled for.
    pub target_features: Vec<String>,
}

/// A parameter set, as in [`ParameterSet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    /// Unique name.
    pub name: String,
    /// Bits of a message, without the padding bit.
    pub message_bits: u32,
    /// `n`, the small LWE dimension.
    pub lwe_dimension: usize,
    /// `k`, the number of mask polynomials.
    pub glwe_dimension: usize,
    /// `N`, coefficients of a polynomial.
    pub polynomial_size: usize,
    /// Bits of a digit in the blind rotation.
    pub pbs_base_log: u32,
    /// Digits of a word in the blind rotation.
    pub pbs_levels: usize,
    /// Bits of a digit in the key switch.
    pub ks_base_log: u32,
    /// Digits of a word in the key switch.
    pub ks_levels: usize,
    /// `g`, key bits in one step of the blind rotation.
    pub grouping_factor: usize,
    /// `log2` of the noise under the small key, relative to `p`.
    pub lwe_noise_log2: f64,
    /// `log2` of the noise under the big key, relative to `p`.
    pub glwe_noise_log2: f64,
    /// Estimated security; no lattice estimator is run.
    pub security_bits: f64,
    /// Whether the set is only for tests.
    pub insecure: bool,
    /// BLAKE3 of all fields, in hexadecimal.
    pub fingerprint: String,
}

impl From<&ParameterSet> for Parameters {
    fn from(set: &ParameterSet) -> Self {
        Self {
            name: set.name.to_owned(),
            message_bits: set.message_bits.0,
            lwe_dimension: set.lwe_dimension.0,
            glwe_dimension: set.glwe_dimension.0,
            polynomial_size: set.polynomial_size.0,
            pbs_base_log: set.pbs_gadget.base_log.0,
            pbs_levels: set.pbs_gadget.levels.0,
            ks_base_log: set.ks_gadget.base_log.0,
            ks_levels: set.ks_gadget.levels.0,
            grouping_factor: set.grouping_factor.0,
            lwe_noise_log2: set.lwe_noise.0,
            glwe_noise_log2: set.glwe_noise.0,
            security_bits: set.security_bits(),
            insecure: set.is_insecure(),
            fingerprint: hexadecimal(&set.fingerprint()),
        }
    }
}

/// Predicted noise at one dense layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Noise {
    /// Position of the layer.
    pub layer: usize,
    /// Name of the layer.
    pub name: String,
    /// `log2` of the standard deviation relative to `p`.
    pub log2_std: f64,
    /// How the values are read.
    #[serde(default)]
    pub read: ReadBy,
    /// For a table that rounds: probability that noise moves the entry by one, for sums that are spread evenly.
    #[serde(default)]
    pub off_by_one: Option<f64>,
    /// `log2` of the probability that one value of this layer is read wrongly: a wrong entry of an exactly read table, more
    /// than one entry off in a rounded one, a logit that is off by half a unit or more.
    pub log2_p_fail: f64,
}

/// How the values of a linear layer are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadBy {
    /// By a table, in the middle of its boxes.
    #[default]
    ExactTable,
    /// By a table, to the nearest of its entries.
    RoundedTable,
    /// By other linear layers only.
    Sums,
    /// By decryption.
    Decryption,
}

impl From<&LayerNoise> for Noise {
    fn from(noise: &LayerNoise) -> Self {
        Self {
            layer: noise.layer,
            name: noise.name.clone(),
            log2_std: noise.log2_std,
            read: match noise.reading {
                Reading::Exact => ReadBy::ExactTable,
                Reading::Rounded { .. } => ReadBy::RoundedTable,
                Reading::Summed => ReadBy::Sums,
                Reading::Decrypted => ReadBy::Decryption,
            },
            off_by_one: match noise.reading {
                Reading::Rounded { off_by_one, .. } => Some(off_by_one),
                _ => None,
            },
            log2_p_fail: noise.log2_p_fail,
        }
    }
}

/// How much of one kind of operation is proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// `linear`, `key switch`, `modulus switch` or `blind rotation`.
    pub kind: String,
    /// Ciphertext operations proven.
    pub proven: usize,
    /// Ciphertext operations in the program.
    pub total: usize,
}

impl From<&Coverage> for Covered {
    fn from(entry: &Coverage) -> Self {
        Self {
            kind: entry.kind.to_string(),
            proven: entry.proven,
            total: entry.total,
        }
    }
}

/// One source of error of the proof.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SoundnessTerm {
    /// What can go wrong.
    pub name: String,
    /// `-log2` of its probability, proof of work included.
    pub bits: f64,
    /// Of these, bits that are proof of work.
    pub grinding: u32,
    /// The theorem.
    pub source: String,
}

impl From<&Term> for SoundnessTerm {
    fn from(term: &Term) -> Self {
        Self {
            name: term.name.clone(),
            bits: term.bits,
            grinding: term.grinding,
            source: term.source.to_owned(),
        }
    }
}

/// All terms of a report, largest error first.
pub fn soundness_terms(report: &SoundnessReport) -> Vec<SoundnessTerm> {
    let mut terms: Vec<SoundnessTerm> = report.terms.iter().map(Into::into).collect();
    terms.sort_by(|a, b| a.bits.total_cmp(&b.bits));
    terms
}

/// A time as `2026-11-23 01:02:03 UTC`; times before 1970 are shown as its start.
pub fn utc(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |t| t.as_secs());
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Years of 365.2425 days that start on the first of March, counted from the year 0.
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let march = (5 * day + 2) / 153;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    let day = day - (153 * march + 2) / 5 + 1;
    let (hour, minute, second) = (rest / 3600, rest % 3600 / 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        // Known answers of `date -u -d @SECONDS`.
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_704_067_199, "2023-12-31 23:59:59 UTC"),
            (1_795_395_000, "2026-11-23 00:50:00 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(utc(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
        assert_eq!(
            utc(UNIX_EPOCH - Duration::from_secs(5)),
            "1970-01-01 00:00:00 UTC"
        );
    }

    #[test]
    fn parameters_are_those_of_the_set() {
        for set in ParameterSet::all() {
            let shown = Parameters::from(set);
            assert_eq!(shown.name, set.name);
            assert_eq!(
                shown.glwe_dimension * shown.polynomial_size,
                set.big_lwe_dimension()
            );
            assert_eq!(
                (shown.ks_base_log, shown.pbs_levels),
                (set.ks_gadget.base_log.0, set.pbs_gadget.levels.0)
            );
            assert_eq!(
                (shown.insecure, shown.fingerprint.len()),
                (set.is_insecure(), 64)
            );
        }
    }
}
