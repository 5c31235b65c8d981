//! One point of an experiment's grid.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::workload::Workload;

/// Everything that decides what a cell does. Two cells are the same if and only if all fields are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// What is computed.
    pub workload: Workload,
    /// Name of the parameter set; `None` for systems without encryption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<String>,
    /// How it is computed, and what is proven about it.
    pub system: System,
    /// Settings of the proof; `None` for systems that prove nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<ProofSettings>,
    /// Who votes; `None` unless the system is [`System::Redundancy`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vote: Option<Vote>,
    /// Inputs in total.
    pub images: usize,
    /// Inputs that are evaluated and proven together, 1 to `images`.
    pub batch: usize,
    /// Threads of every role.
    pub threads: usize,
    /// Seed of keys, encryptions and synthetic networks.
    pub seed: u64,
    /// Repetitions that are measured.
    pub repeat: usize,
    /// Repetitions before those, which are thrown away.
    pub warm_up: usize,
}

/// How a cell's workload is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum System {
    /// In the clear, with 32-bit floats: the quantised model's real values, without rounding.
    ClearF32,
    /// In the clear, on the integers of the quantised model.
    ClearQuantised,
    /// Encrypted, with tfhe's FFT bootstrap modulo `2^64`: what users have without proofs.
    FheFast,
    /// Encrypted, with the exact bootstrap modulo `p`.
    FheExact,
    /// Encrypted and exact, with a proof of the selected operations.
    FheProof,
    /// In the clear by a server that sees the input, with a proof that it computed the model.
    ZkOnlyServer,
    /// In the clear by the client, who commits to its input and proves that it computed the model.
    ZkOnlyClient,
    /// Encrypted and exact by several providers, whose results are put to the vote.
    Redundancy,
}

impl System {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::ClearF32,
        Self::ClearQuantised,
        Self::FheFast,
        Self::FheExact,
        Self::FheProof,
        Self::ZkOnlyServer,
        Self::ZkOnlyClient,
        Self::Redundancy,
    ];

    /// Name in configurations and results.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClearF32 => "clear-f32",
            Self::ClearQuantised => "clear-quantised",
            Self::FheFast => "fhe-fast",
            Self::FheExact => "fhe-exact",
            Self::FheProof => "fhe-proof",
            Self::ZkOnlyServer => "zk-only-server",
            Self::ZkOnlyClient => "zk-only-client",
            Self::Redundancy => "redundancy",
        }
    }

    /// Whether inputs are encrypted.
    pub fn encrypts(self) -> bool {
        matches!(
            self,
            Self::FheFast | Self::FheExact | Self::FheProof | Self::Redundancy
        )
    }

    /// Whether there is a proof.
    pub fn proves(self) -> bool {
        matches!(
            self,
            Self::FheProof | Self::ZkOnlyServer | Self::ZkOnlyClient
        )
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Settings of a proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofSettings {
    /// Which ciphertext operations, in the language of `blindproof_bridge::selection`; `all` for [`System::ZkOnlyServer`]
    /// and [`System::ZkOnlyClient`].
    pub select: String,
    /// Proof system.
    pub backend: ProofBackend,
    /// What the verifier holds of the evaluation keys.
    pub keys: KeyMode,
    /// Proven soundness level in bits.
    pub bits: u32,
    /// Most memory of the prover, in bytes.
    pub memory: u64,
}

/// A proof system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProofBackend {
    /// This repository's argument.
    Native,
    /// Groth16 over BN254 (`bridge::backend`): single small operations only.
    Groth16,
}

impl fmt::Display for ProofBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Native => "native",
            Self::Groth16 => "groth16",
        })
    }
}

/// What the verifier holds of the evaluation keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyMode {
    /// The keys.
    Direct,
    /// A commitment to them.
    Indexed,
}

impl fmt::Display for KeyMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Direct => "direct",
            Self::Indexed => "indexed",
        })
    }
}

/// Providers that evaluate the same ciphertexts, and how many must agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// `n`, at least 1.
    pub providers: usize,
    /// `k`: a result is accepted when so many providers return it; more than half of `n`, so that no two results are.
    pub quorum: usize,
}

impl Cell {
    /// Name of the cell in results: a digest of all its fields, 16 hexadecimal digits.
    pub fn id(&self) -> String {
        // Fields are written in the order of the type; none can fail to be written.
        let text = serde_json::to_string(self).unwrap_or_default();
        let digest = blake3::derive_key("blindproof experiment cell, version 1", text.as_bytes());
        digest[..8].iter().map(|b| format!("{b:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell() -> Cell {
        Cell {
            workload: Workload::Bootstraps,
            parameters: Some("message_4".into()),
            system: System::FheProof,
            proof: Some(ProofSettings {
                select: "all".into(),
                backend: ProofBackend::Native,
                keys: KeyMode::Direct,
                bits: 128,
                memory: 4 << 30,
            }),
            vote: None,
            images: 8,
            batch: 8,
            threads: 2,
            seed: 1,
            repeat: 3,
            warm_up: 1,
        }
    }

    #[test]
    fn every_field_is_in_the_id() {
        let id = cell().id();
        assert_eq!(id.len(), 16);
        assert_eq!(cell().id(), id);
        let change: [fn(&mut Cell); 8] = [
            |c| c.workload = Workload::KeySwitch,
            |c| c.parameters = None,
            |c| c.system = System::FheExact,
            |c| c.proof = None,
            |c| {
                c.vote = Some(Vote {
                    providers: 3,
                    quorum: 2,
                })
            },
            |c| c.batch = 4,
            |c| c.seed = 2,
            |c| c.repeat = 5,
        ];
        for change in change {
            let mut other = cell();
            change(&mut other);
            assert_ne!(other.id(), id, "{other:?}");
        }
    }

    #[test]
    fn names_are_those_of_files() {
        for system in System::ALL {
            assert_eq!(
                serde_json::to_string(&system).unwrap(),
                format!("\"{system}\"")
            );
        }
        let text = serde_json::to_string(&cell()).unwrap();
        assert_eq!(serde_json::from_str::<Cell>(&text).unwrap(), cell());
        assert!(serde_json::from_str::<Cell>(&text.replacen("seed", "sead", 1)).is_err());
    }
}
