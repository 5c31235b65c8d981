use super::*;
use crate::field::{f, k};
use crate::multilinear::{evaluate_base, tests::elements};
use crate::soundness::Regime;
use std::borrow::Cow;

const NAME: &str = "interleaved test";

/// A change of what the verifier knows.
type Change = fn(&mut Vec<Commitment>, &mut Vec<K>, &mut Vec<K>);

/// Two commitments or more, of shards with these lengths.
struct Case {
    scheme: Interleaved,
    lengths: Vec<Vec<usize>>,
    stacks: Vec<Vec<F>>,
    kappa: usize,
}

impl Case {
    fn new(config: &Config, log_rows: usize, lengths: &[&[usize]]) -> Self {
        let scheme = Interleaved::new(config, log_rows).unwrap();
        let lengths: Vec<Vec<usize>> = lengths.iter().map(|l| l.to_vec()).collect();
        let stacks: Vec<Vec<F>> = lengths
            .iter()
            .flatten()
            .zip(7..)
            .map(|(&n, seed)| elements(seed, n).into_iter().map(|v| v.c1).collect())
            .collect();
        let most = stacks.iter().map(Vec::len).max().unwrap();
        let kappa = num_vars(scheme.columns(most)) + 1;
        Self {
            scheme,
            lengths,
            stacks,
            kappa,
        }
    }

    fn commit(&self) -> Vec<(Root, TreeData)> {
        let mut start = 0;
        self.lengths
            .iter()
            .map(|lengths| {
                let first = start;
                start += lengths.len();
                let load = |i| Ok(Cow::from(&self.stacks[first + i]));
                self.scheme.commit(lengths, load).unwrap()
            })
            .collect()
    }

    fn commitments(&self, roots: &[Root]) -> Vec<Commitment> {
        roots
            .iter()
            .zip(&self.lengths)
            .map(|(&root, lengths)| Commitment {
                root,
                lengths: lengths.clone(),
            })
            .collect()
    }

    fn prove(&self) -> Vec<u8> {
        let mut t = ProverTranscript::new(NAME, b"");
        let mut trees = Vec::new();
        for (root, tree) in self.commit() {
            self.scheme.send(&root, &mut t);
            trees.push(tree);
        }
        let point = t.challenges("point", self.kappa + self.scheme.log_rows());
        let values: Vec<K> = self
            .stacks
            .iter()
            .map(|s| evaluate_base(s, &point))
            .collect();
        t.send_ext("values", &values);
        let load = |s: usize| Ok(Cow::from(&self.stacks[s]));
        self.scheme
            .open(trees, load, &point, &values, &mut t)
            .unwrap();
        t.finish()
    }

    /// With `change` applied to what the verifier knows.
    fn verify_changed(
        &self,
        proof: &[u8],
        change: impl FnOnce(&mut Vec<Commitment>, &mut Vec<K>, &mut Vec<K>),
    ) -> Result<(), InterleavedError> {
        let mut t = VerifierTranscript::new(NAME, b"", proof);
        let roots = self
            .lengths
            .iter()
            .map(|_| self.scheme.receive(&mut t))
            .collect::<Result<Vec<_>, _>>()?;
        let mut point = t.challenges("point", self.kappa + self.scheme.log_rows());
        let mut values = t.receive_ext("values", self.stacks.len())?;
        let mut commitments = self.commitments(&roots);
        change(&mut commitments, &mut point, &mut values);
        self.scheme.verify(&commitments, &point, &values, &mut t)?;
        Ok(t.finish()?)
    }

    fn verify(&self, proof: &[u8]) -> Result<(), InterleavedError> {
        self.verify_changed(proof, |_, _, _| {})
    }
}

fn small() -> Config {
    Config::new(100).unwrap().with_code(2, 2, 2, 1)
}

#[test]
fn complete() {
    let shapes: [&[&[usize]]; 6] = [
        &[&[1]],
        &[&[64]],
        &[&[1000, 3, 64 * 21]],
        &[&[64 * 17, 500], &[129]],
        &[&[5], &[64 * 4, 64 * 4 + 1, 65]],
        &[&[0, 70]],
    ];
    for lengths in shapes {
        let configs = [
            small(),
            small().with_regime(Regime::Johnson),
            Config::default().with_grinding(8).unwrap(),
        ];
        for config in configs {
            for log_rows in [1, 2, 6, 9] {
                let case = Case::new(&config, log_rows, lengths);
                case.verify(&case.prove()).unwrap();
            }
        }
    }
}

/// The root is that of a tree over plain hashes of the polynomials' values.
#[test]
fn the_root_is_the_public_one() {
    let case = Case::new(&small(), 3, &[&[8 * 18 + 3, 9]]);
    let leaf = |p: usize| {
        let x = crate::field::lanes::from_base(code::Domain::new(3).point(p));
        let column = |c: &[F]| c.iter().rev().fold(f(0), |s, &v| s * x + v);
        let mut state = [0; 32];
        for stack in &case.stacks {
            let row: Vec<F> = stack.chunks(8).map(column).collect();
            for batch in row.chunks(16) {
                let mut message = state.to_vec();
                for &v in batch {
                    message.extend(crate::field::to_word(v).to_le_bytes());
                }
                message.resize(message.len().next_multiple_of(64), 0);
                state = *blake3::hash(&message).as_bytes();
            }
        }
        state
    };
    let mut layer: Vec<[u8; 32]> = (0..16).map(leaf).collect();
    while layer.len() > 1 {
        let hash = |pair: &[[u8; 32]]| *blake3::hash(&pair.concat()).as_bytes();
        layer = layer.chunks(2).map(hash).collect();
    }
    assert_eq!(case.commit()[0].0, layer[0]);
}

#[test]
fn rejects_every_changed_byte() {
    let config = small().with_grinding(4).unwrap();
    let case = Case::new(&config, 4, &[&[40, 3], &[16 * 5]]);
    let proof = case.prove();
    case.verify(&proof).unwrap();
    let mut reasons = [0; 5];
    for position in 0..proof.len() {
        let mut forged = proof.clone();
        forged[position] ^= 1 << (position % 8);
        let reason = match case.verify(&forged).unwrap_err() {
            InterleavedError::Grinding => 0,
            InterleavedError::Rejected(i) => 1 + i,
            InterleavedError::Combination => 3,
            InterleavedError::Pcs(_) => 4,
            InterleavedError::Transcript(_) => continue,
            other => panic!("byte {position}: {other}"),
        };
        reasons[reason] += 1;
    }
    assert!(reasons.iter().all(|&n| n > 0), "{reasons:?}");
    for cut in (0..proof.len()).step_by(61) {
        assert!(case.verify(&proof[..cut]).is_err());
    }
    assert!(case.verify(&[&proof[..], &[0]].concat()).is_err());
}

/// A tree opening that announces one node less.
#[test]
fn rejects_a_tree_opening_of_another_length() {
    let case = Case::new(&small(), 8, &[&[1]]);
    let proof = case.prove();
    let shortened = (0..proof.len() - 4).any(|at| {
        let word: [u8; 4] = proof[at..at + 4].try_into().unwrap();
        let length = u32::from_le_bytes(word);
        if length == 0 || !length.is_multiple_of(32) || length > 1 << 14 {
            return false;
        }
        let mut forged = proof.clone();
        forged[at..at + 4].copy_from_slice(&(length - 32).to_le_bytes());
        matches!(case.verify(&forged), Err(InterleavedError::Nodes(0)))
    });
    assert!(shortened);
}

#[test]
fn rejects_another_root_point_value_and_order() {
    let case = Case::new(&small(), 5, &[&[70, 70], &[70]]);
    let proof = case.prove();
    case.verify(&proof).unwrap();
    let changes: [Change; 7] = [
        |c, _, _| c[0].root[5] ^= 1,
        |c, _, _| c.swap(0, 1),
        |c, _, _| c[1].lengths[0] = 64,
        |c, _, _| c[0].lengths = vec![32 * 4, 32 * 2],
        |_, p, _| p.swap(0, 1),
        |_, _, v| v.swap(0, 1),
        |_, _, v| v[2] += k(f(1)),
    ];
    for (i, change) in changes.into_iter().enumerate() {
        assert!(case.verify_changed(&proof, change).is_err(), "change {i}");
    }
}

#[test]
fn shapes_and_misuse_are_refused() {
    let config = small();
    for log_rows in [0, 32, 64] {
        assert!(matches!(
            Interleaved::new(&config, log_rows),
            Err(InterleavedError::Rows(n)) if n == log_rows
        ));
    }
    assert!(matches!(
        Interleaved::new(&Config::new(190).unwrap(), 20),
        Err(InterleavedError::Soundness(_))
    ));
    let case = Case::new(&config, 4, &[&[40, 3]]);
    let scheme = &case.scheme;
    let mut t = ProverTranscript::new(NAME, b"");
    let stack = vec![f(1); 10];
    let short = |_| Ok(Cow::from(&stack));
    assert!(matches!(
        scheme.commit(&[11], short),
        Err(InterleavedError::StackLength {
            shard: 0,
            expected: 11,
            actual: 10
        })
    ));
    let fails = |_| Err("gone".into());
    assert!(matches!(
        scheme.commit(&[11], fails),
        Err(InterleavedError::Load { shard: 0, .. })
    ));
    let trees = || {
        case.commit()
            .into_iter()
            .map(|(_, tree)| tree)
            .collect::<Vec<_>>()
    };
    assert_eq!(trees()[0].lengths(), [40, 3]);
    let load = |s: usize| Ok(Cow::from(&case.stacks[s]));
    let zero = k(f(0));
    let point = elements(1, 6);
    assert!(matches!(
        scheme.open(trees(), load, &point[..5], &[zero; 2], &mut t),
        Err(InterleavedError::Point {
            needed: 6,
            actual: 5
        })
    ));
    assert!(matches!(
        scheme.open(trees(), load, &point, &[zero; 3], &mut t),
        Err(InterleavedError::Values {
            shards: 2,
            values: 3
        })
    ));
    assert!(matches!(
        scheme.open(trees(), load, &point, &[zero; 2], &mut t),
        Err(InterleavedError::WrongValue)
    ));
    assert!(matches!(
        scheme.verify(
            &[],
            &point,
            &[],
            &mut VerifierTranscript::new(NAME, b"", &[])
        ),
        Err(InterleavedError::Values {
            shards: 0,
            values: 0
        })
    ));
}
