//! ARG-7 alone: what the reduction of all claims to one point accepts.

use super::super::prover::batched_value;
use super::super::reduction::{DEGREE, low_vars, prove};
use super::super::stacks::Stacks;
use super::*;
use crate::multilinear::eq_table;
use crate::stack::LinearClaim;
use crate::sumcheck;

/// Stacks without ranges, claims on them, and the number of coordinates of the common point.
struct Reduction {
    stacks: Stacks,
    claims: Vec<LinearClaim>,
    vars: usize,
}

/// What claims are batched with.
fn gamma() -> K {
    elements(11, 1)[0]
}

/// The common point, the stacks' values there, and the messages.
type Reduced = (Vec<K>, Vec<K>, Vec<u8>);

impl Reduction {
    /// Two shards; claims on whole columns, on rows and on single cells: blocks larger and smaller than a row of the
    /// reduction.
    fn new() -> Self {
        let instance = Instance::sharded(&[&[&[(700, None), (9, None)], &[(130, None)]]], 6);
        let layout = instance.layout().clone();
        let mut stacks = Stacks::new(layout.clone(), 0);
        stacks.extend(&layout, instance.source());
        let mut claims = Vec::new();
        for (&id, column) in instance.ids.iter().zip(&instance.columns) {
            let point = elements(7 + id.index() as u64, num_vars(column.len()));
            let value = evaluate_base(column, &point);
            claims.extend(layout.column_claim(id, &point, value));
        }
        let column = &instance.columns[2];
        let point = elements(5, 5);
        let row = |r: usize| evaluate_base(&column[32 * r..32 * r + 32], &point);
        let weight = elements(6, 1)[0];
        let rows = [(1, K::ONE), (3, weight)];
        let value = row(1) + weight * row(3);
        claims.extend(layout.rows_claim(instance.ids[2], &rows, &point, value));
        claims.extend(layout.rows_claim(instance.ids[2], &[(129, K::ONE)], &[], k(column[129])));
        assert_eq!(claims.len(), 5);
        let vars = super::super::point_vars(&layout, instance.log_rows);
        Self {
            stacks,
            claims,
            vars,
        }
    }

    fn prove(&self) -> Result<Reduced, ProveError> {
        let mut t = ProverTranscript::new(NAME, b"");
        let value = batched_value(&self.claims, gamma());
        let (point, values) = prove(
            &self.stacks,
            &self.claims,
            gamma(),
            value,
            self.vars,
            &mut t,
        )?;
        Ok((point, values, t.finish()))
    }

    /// The verifier's steps: the point, and whether the stacks' `values` there satisfy the claims.
    fn verify(&self, proof: &[u8], values: &[K]) -> Option<(Vec<K>, bool)> {
        let mut t = VerifierTranscript::new(NAME, b"", proof);
        let low = low_vars(self.vars);
        let claim = batched_value(&self.claims, gamma());
        let (r_low, claim) = sumcheck::verify(claim, low, DEGREE, &mut t).ok()?;
        let (r_high, expected) = sumcheck::verify(claim, self.vars - low, DEGREE, &mut t).ok()?;
        t.finish().ok()?;
        let point = [r_high, r_low].concat();
        let mut power = K::ONE;
        let mut sum = K::ZERO;
        for claim in &self.claims {
            sum += power * claim.evaluate(&point) * values[claim.shard];
            power *= gamma();
        }
        Some((point, sum == expected))
    }

    /// The stacks' extensions, from their definition.
    fn extensions(&self, point: &[K]) -> Vec<K> {
        let shards = 0..self.stacks.layout.shards();
        let weights = eq_table(point);
        shards
            .map(|shard| {
                let stack = self.stacks.build(shard).unwrap();
                stack.iter().zip(&weights).map(|(&s, &w)| k(s) * w).sum()
            })
            .collect()
    }
}

#[test]
fn reduces_true_claims_to_the_stacks_values() {
    let reduction = Reduction::new();
    let (point, values, proof) = reduction.prove().unwrap();
    assert_eq!(values, reduction.extensions(&point));
    assert_eq!(reduction.verify(&proof, &values), Some((point, true)));
}

/// Both halves of the rounds, and every claim: nothing that is false gets a proof from the prover.
#[test]
fn a_false_claim_has_no_proof() {
    for i in 0..5 {
        let mut reduction = Reduction::new();
        reduction.claims[i].value += K::ONE;
        assert!(matches!(
            reduction.prove(),
            Err(ProveError::Sumcheck(SumcheckError::WrongClaim))
        ));
    }
}

/// One change in each word of each round's two elements, low rounds and high ones.
#[test]
fn rejects_every_changed_message() {
    let reduction = Reduction::new();
    let (_, values, proof) = reduction.prove().unwrap();
    assert_eq!(proof.len(), reduction.vars * 2 * 24);
    for word in 0..proof.len() / 8 {
        let mut forged = proof.clone();
        forged[8 * word] ^= 1;
        let verified = reduction.verify(&forged, &values);
        assert!(verified.is_none_or(|(_, holds)| !holds), "word {word}");
    }
    assert!(
        reduction
            .verify(&proof[..proof.len() - 8], &values)
            .is_none()
    );
    assert!(
        reduction
            .verify(&[&proof[..], &[0; 8]].concat(), &values)
            .is_none()
    );
}

#[test]
fn rejects_values_of_another_point_or_shard_and_other_claims() {
    let reduction = Reduction::new();
    let (point, values, proof) = reduction.prove().unwrap();
    let holds = |reduction: &Reduction, values: &[K]| reduction.verify(&proof, values).unwrap().1;
    for coordinate in 0..point.len() {
        let mut other = point.clone();
        other[coordinate] += K::ONE;
        assert!(!holds(&reduction, &reduction.extensions(&other)));
    }
    for shard in 0..2 {
        let mut wrong = values.clone();
        wrong[shard] += K::ONE;
        assert!(!holds(&reduction, &wrong));
    }
    assert!(!holds(&reduction, &[values[1], values[0]]));
    for i in 0..5 {
        let mut other = Reduction::new();
        other.claims[i].value += K::ONE;
        assert!(!holds(&other, &values), "value of claim {i}");
        let mut other = Reduction::new();
        other.claims[i].terms[0].coefficient += K::ONE;
        assert!(!holds(&other, &values), "weight of claim {i}");
        let mut other = Reduction::new();
        other.claims[i].shard ^= 1;
        assert!(!holds(&other, &values), "shard of claim {i}");
        let mut other = Reduction::new();
        other.claims.swap(i, (i + 1) % 5);
        assert!(!holds(&other, &values), "order of claim {i}");
    }
}
