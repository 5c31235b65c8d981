//! A server that evaluates blind rotations wrongly and then proves as well as it can.
//!
//! A mutant holds all shifted accumulators y and the last accumulators. Outputs, chunks, the quotient and all messages follow from
//! them; the statement, the committed exponents and the verifier's key and tables stay what they were.

use std::cell::RefCell;

use ark_ff::{Field, One, Zero};
use blindproof_fhe::{
    evaluate::{Accumulators, Trace, accumulators},
    keys::BootstrappingKey,
    lut::Lut,
    modulus,
    program::{Operation, OperationKind},
};
use blindproof_zk::{field::K, multilinear};
use ndarray::Array2;

use super::{
    super::{
        BlindRotationPlan, Witness,
        challenges::{Univariate, Weights},
    },
    IDENTITY,
};
use crate::{
    ProverData, Verified,
    kernels::inner_words,
    plan::{NodePlan, Plan},
    statement::{PublicData, Statement},
    testkit::{Attack, Fixture, Forgery, assert_fails, forge_with, frozen},
};

/// Messages by label, in the order in which they are sent.
pub type Messages = Vec<(&'static str, Vec<K>)>;

/// Coefficient `x` of component `c` of bootstrap `t`.
pub type Place = (usize, usize, usize);

/// See the module.
pub struct Mutant<'f> {
    pub fixture: &'f Fixture,
    /// What is committed besides; the outputs are set when a proof is made.
    pub trace: Trace,
    /// y as (component, step, row, coefficient).
    words: Vec<u64>,
    /// acc_H as (component, row, coefficient).
    last: Vec<u64>,
    /// All-ones cells with this word are not shown, and every message is claimed as it is sent.
    pub claims: Option<Option<u64>>,
}

pub fn blind_rotation(plan: &Plan) -> &BlindRotationPlan {
    plan.nodes
        .iter()
        .find_map(|node| match node {
            NodePlan::BlindRotation(plan) => Some(plan),
            _ => None,
        })
        .unwrap()
}

pub fn luts(fixture: &Fixture) -> &[Lut] {
    let nodes = &fixture.program.nodes;
    nodes
        .iter()
        .find_map(|node| match &node.operation {
            Operation::BlindRotation { luts } => Some(luts.as_slice()),
            _ => None,
        })
        .unwrap()
}

/// Chunks of one coefficient in a proof of all blind rotations.
pub fn chunks_of(fixture: &Fixture) -> usize {
    Mutant::honest(fixture).plan().cut.chunks.len()
}

impl<'f> Mutant<'f> {
    /// A server that evaluates with these in place of the statement's.
    pub fn evaluated(
        fixture: &'f Fixture,
        key: &BootstrappingKey,
        luts: &[Lut],
        exponents: &Array2<u64>,
    ) -> Self {
        let offset = key.parameters().pbs_gadget.offset();
        let Accumulators { steps, last } = accumulators(key, luts, exponents).unwrap();
        Self {
            fixture,
            trace: fixture.trace.clone(),
            words: steps.iter().map(|w| modulus::add(*w, offset)).collect(),
            last,
            claims: None,
        }
    }

    /// An honest server.
    pub fn honest(fixture: &'f Fixture) -> Self {
        let (input, _) = fixture.wires_of(OperationKind::BlindRotation);
        let key = &fixture.keys.bootstrapping;
        Self::evaluated(fixture, key, luts(fixture), &fixture.trace.wires[input])
    }

    /// An honest server that was given other exponents; they are committed, too.
    pub fn with_exponents(fixture: &'f Fixture, exponents: &Array2<u64>) -> Self {
        let key = &fixture.keys.bootstrapping;
        let mut mutant = Self::evaluated(fixture, key, luts(fixture), exponents);
        let (input, _) = fixture.wires_of(OperationKind::BlindRotation);
        mutant.trace.wires[input].assign(exponents);
        mutant
    }

    fn size(&self) -> usize {
        self.fixture.keys.parameters().polynomial_size.0
    }

    pub fn steps(&self) -> usize {
        self.fixture.keys.parameters().group_count()
    }

    pub fn rows(&self) -> usize {
        let (_, output) = self.fixture.wires_of(OperationKind::BlindRotation);
        self.trace.wires[output].nrows()
    }

    pub fn components(&self) -> usize {
        self.fixture.keys.parameters().glwe_dimension.0 + 1
    }

    /// y of one coefficient of acc_{t,h}.
    pub fn word(&mut self, h: usize, (c, t, x): Place) -> &mut u64 {
        let place = ((c * self.steps() + h) * self.rows() + t) * self.size() + x;
        &mut self.words[place]
    }

    /// One coefficient of acc_{t,H}.
    pub fn last(&mut self, (c, t, x): Place) -> &mut u64 {
        let place = (c * self.rows() + t) * self.size() + x;
        &mut self.last[place]
    }

    /// All of acc_H.
    pub fn clone_last(&self) -> Vec<u64> {
        self.last.clone()
    }

    pub fn add_to_last(&mut self, place: Place, value: u64) {
        let word = self.last(place);
        *word = modulus::add(*word, value);
    }

    /// Changes y of a coefficient of acc_{t,H-1} and lets acc_{t,H} follow, so that relation R_H still holds.
    pub fn change_before_last_step(&mut self, place: Place, word: u64) {
        let (component, t, x) = place;
        let step = self.steps() - 1;
        let old = std::mem::replace(self.word(step, place), word);
        let reduced = |word: u64| word % modulus::P;
        self.add_to_last(place, modulus::sub(reduced(word), reduced(old)));
        let set = self.fixture.keys.parameters();
        let (gadget, size) = (set.pbs_gadget, self.size());
        let grouping = set.grouping_factor.0;
        let (input, _) = self.fixture.wires_of(OperationKind::BlindRotation);
        let exponents = self.trace.wires[input].row(t).to_vec();
        let group = &exponents[step * grouping..(step + 1) * grouping];
        for level in 1..=gadget.levels.0 {
            let digit = |word: u64| (word >> gadget.shift(level)) & ((1 << gadget.base_log.0) - 1);
            let change = modulus::sub(digit(word), digit(old));
            for u in 1..1usize << grouping {
                let bits = group.iter().enumerate().filter(|(i, _)| u >> i & 1 == 1);
                let turn: u64 = bits.map(|(_, e)| *e).sum();
                let row = self
                    .fixture
                    .keys
                    .bootstrapping
                    .row(step, u, component, level);
                for (c, polynomial) in row.to_vec().chunks(size).enumerate() {
                    for (i, key) in polynomial.iter().enumerate() {
                        let product = modulus::mul(*key, change);
                        for (place, minus) in [(i + x + turn as usize, false), (i + x, true)] {
                            let negative = minus ^ (place / size % 2 == 1);
                            let term = if negative {
                                modulus::neg(product)
                            } else {
                                product
                            };
                            self.add_to_last((c, t, place % size), term);
                        }
                    }
                }
            }
        }
    }

    /// The trace with the outputs that follow from the last accumulators.
    fn full_trace(&mut self) -> Trace {
        let mut trace = self.trace.clone();
        let (_, output) = self.fixture.wires_of(OperationKind::BlindRotation);
        let (size, components) = (self.size(), self.components());
        for t in 0..self.rows() {
            for c in 0..components - 1 {
                for x in 0..size {
                    let word = match x {
                        0 => *self.last((c, t, 0)),
                        _ => modulus::neg(*self.last((c, t, size - x))),
                    };
                    trace.wires[output][(t, c * size + x)] = word;
                }
            }
            trace.wires[output][(t, (components - 1) * size)] = *self.last((components - 1, t, 0));
        }
        trace
    }

    /// Replaces what an honest evaluation gave.
    fn install(&mut self, plan: &BlindRotationPlan, witness: &mut Witness) {
        let size = self.size();
        for (index, shard) in plan.shards.iter().enumerate() {
            let mut words = Vec::new();
            for c in 0..self.components() {
                for h in 0..self.steps() {
                    for row in 0..shard.rows() {
                        let t = plan.rows[shard.start + row];
                        words.extend((0..size).map(|x| *self.word(h, (c, t, x))));
                    }
                }
            }
            witness.shard_mut(index)[..words.len()].copy_from_slice(&words);
        }
        let body = self.components() - 1;
        witness.body = Vec::new();
        for t in plan.rows.iter() {
            witness
                .body
                .extend((0..size).map(|x| *self.last((body, *t, x))));
        }
    }

    /// Proves and verifies, with messages changed by `change` and the list of all-ones cells by `show`.
    pub fn forge(
        &mut self,
        change: impl FnMut(&'static str, &mut Vec<K>),
        show: impl FnMut(&mut Vec<u64>),
    ) -> Result<Verified, Forgery> {
        let trace = self.full_trace();
        let fixture = self.fixture;
        let output = fixture.output(&trace);
        let public = PublicData {
            program: &fixture.program,
            keys: fixture.keys.as_ref().into(),
            input: &fixture.input,
            output: &output,
        };
        let statement = Statement::new(&public, "blindrotation".parse().unwrap(), 128).unwrap();
        let data = ProverData::new(&fixture.keys, &trace);
        let claims = self.claims;
        let mut attack = Attack::on_witnesses(|plan: &Plan, witnesses: &mut [Witness]| {
            self.install(blind_rotation(plan), &mut witnesses[0]);
        })
        .and_messages(change)
        .and_shown(show);
        if let Some(hidden) = claims {
            attack = attack.and_claims_it(hidden);
        }
        forge_with(&statement, &public, &public, &data, &mut attack)
    }

    /// Proves and verifies without further changes.
    pub fn prove(&mut self) -> Result<Verified, Forgery> {
        self.forge(|_, _| {}, |_| {})
    }

    /// The plan of a proof of all blind rotations.
    fn plan(&mut self) -> BlindRotationPlan {
        let found = RefCell::new(None);
        let fixture = self.fixture;
        let _ = fixture.forge(
            "blindrotation",
            |_| {},
            |plan, _| {
                *found.borrow_mut() = Some(blind_rotation(plan).clone());
            },
        );
        found.into_inner().unwrap()
    }

    /// What BR-7 compares, left minus right, at the recorded challenges, and a^N + 1.
    fn residual(&mut self, change: impl Fn(&'static str, &mut Vec<K>)) -> (K, K) {
        let mut messages: Messages = Vec::new();
        let _ = frozen::with(recorded, || {
            self.forge(
                |label, values| {
                    change(label, values);
                    messages.push((label, values.clone()));
                },
                |_| {},
            )
        });
        let plan = self.plan();
        let weights = Weights::draw(std::iter::once(&plan), frozen::recorded);
        let a = frozen::recorded("blind rotation point", 1)[0];
        let point = Univariate::new(a, plan.coefficient_vars()).unwrap();
        let inverse = Univariate::new(a.inverse().unwrap(), plan.coefficient_vars()).unwrap();
        let of = |label: &str| -> Vec<K> {
            let messages = messages.iter().filter(|(l, _)| *l == label);
            messages.flat_map(|(_, values)| values.clone()).collect()
        };
        let top = point.top();
        let masks = of("wire mask");
        let masks = masks
            .chunks(2)
            .zip(&weights.components)
            .map(|(pair, v)| *v * ((K::one() + top) * pair[1] - top * pair[0] * inverse.scale));
        let v_body = weights.components[plan.components() - 1];
        let last: K = masks.sum::<K>() + v_body * of("blind rotation body")[0] * point.scale;
        let powers = point.powers();
        let table = luts(self.fixture)[0].polynomial(powers.len()).unwrap();
        let used: K = multilinear::eq_table(&weights.rows[0])[..plan.rows.len()]
            .iter()
            .sum();
        let start = weights.steps[0] * v_body * used * inner_words(table, &powers);
        let total = of("blind rotation sum")[0] + weights.steps[plan.steps()] * last - start;
        let quotient = of("blind rotation quotient");
        let product = quotient
            .iter()
            .zip(std::iter::successors(Some(K::one()), |p| Some(*p * a)));
        let product: K = product.map(|(q, power)| *q * power).sum();
        (total - product * (top + K::one()), top + K::one())
    }

    /// The mutant reaches the algebra: a forger that knew the challenges in advance would correct one coefficient of Q and
    /// be accepted. With challenges that depend on its messages the same forger fails the identity.
    pub fn assert_only_challenges_stop_it(&mut self) {
        self.assert_only_challenges_stop(|_, _| {});
    }

    /// A forger that knows the challenges, corrects Q and claims what it sends has no opening for it.
    pub fn assert_only_the_opening_stops(&mut self, change: impl Fn(&'static str, &mut Vec<K>)) {
        self.claims = Some(None);
        let (residual, factor) = self.residual(&change);
        let correction = residual * factor.inverse().unwrap();
        let corrected = |label: &'static str, values: &mut Vec<K>| {
            change(label, values);
            if label == "blind rotation quotient" {
                values[0] += correction;
            }
        };
        super::assert_own_opening_fails(frozen::with(recorded, || self.forge(corrected, |_| {})));
    }

    /// The same for a mutant that also changes messages.
    pub fn assert_only_challenges_stop(&mut self, change: impl Fn(&'static str, &mut Vec<K>)) {
        let (residual, factor) = self.residual(&change);
        assert!(!residual.is_zero(), "the mutant changes nothing");
        let correction = residual * factor.inverse().unwrap();
        let corrected = |label: &'static str, values: &mut Vec<K>| {
            change(label, values);
            if label == "blind rotation quotient" {
                values[0] += correction;
            }
        };
        frozen::with(recorded, || self.forge(corrected, |_| {})).unwrap();
        assert_fails(self.forge(corrected, |_| {}), IDENTITY);
        assert_fails(self.forge(&change, |_| {}), IDENTITY);
    }
}

/// Freezes what is drawn before BR-6.
fn recorded(label: &'static str, count: usize) -> Option<Vec<K>> {
    let early = label.starts_with("blind rotation") && label != "blind rotation mu";
    early.then(|| frozen::recorded(label, count))
}

#[test]
fn the_honest_server_is_accepted_and_has_no_residual() {
    let mut honest = Mutant::honest(Fixture::tiny());
    honest.prove().unwrap();
    assert!(honest.residual(|_, _| {}).0.is_zero());
}

#[test]
fn following_an_unchanged_word_changes_nothing() {
    let mut honest = Mutant::honest(Fixture::tiny());
    let place = (1, 4, 9);
    let word = *honest.word(1, place);
    honest.change_before_last_step(place, word ^ 1 << 50);
    assert!(honest.prove().is_err());
    honest.change_before_last_step(place, word);
    honest.prove().unwrap();
}
