//! Verifier of all blind rotations of a proof.

#![deny(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use ark_ff::{Field, One, Zero};
use blindproof_fhe::lut::Lut;
use blindproof_zk::{ensure, field::K, multilinear, sumcheck};
use ndarray::Array2;

use super::{
    canonical,
    challenges::{Univariate, Weights},
    collapse::Fields,
    exponents,
    identity::{self, Values},
    key,
    plan::BlindRotationPlan,
};
use crate::{
    index::{KeyColumns, VerifierKeys},
    kernels::inner_words,
    proof::{VerifyError, failed},
    session::VerifierSession,
    split::scale,
    wire::{Read, WirePlan, single},
};

/// One layer that is claimed to be correct.
pub(crate) struct Claimed<'a> {
    pub plan: &'a BlindRotationPlan,
    pub luts: &'a [Lut],
    pub input: &'a WirePlan,
    /// The output wire, and its words when it is public.
    pub output: (&'a WirePlan, Option<&'a Array2<u64>>),
}

/// Checks all blind rotations; layers share the key.
pub(crate) fn verify(
    session: &mut VerifierSession,
    keys: VerifierKeys<'_>,
    layers: &[Claimed<'_>],
) -> Result<(), VerifyError> {
    let Some(first) = layers.first() else {
        return Ok(());
    };
    // BR-2
    canonical::verify(session, layers)?;
    // BR-3
    let plans = layers.iter().map(|layer| layer.plan);
    let weights = Weights::draw(plans, |label, count| session.challenges(label, count));
    // BR-4
    let quotient = session
        .transcript
        .receive_ext("blind rotation quotient", first.plan.quotient_len())?;
    // BR-5
    let a = session.challenge("blind rotation point");
    let vars = first.plan.coefficient_vars();
    let unlucky = || failed("blind rotation point is regular");
    let inverse = a.inverse().ok_or_else(unlucky)?;
    let point = Univariate::new(a, vars).ok_or_else(unlucky)?;
    let inverse = Univariate::new(inverse, vars).ok_or_else(unlucky)?;
    // BR-6, BR-7
    let mut total = K::zero();
    let mut claims = Vec::with_capacity(layers.len());
    for ((layer, rows), node) in layers.iter().zip(&weights.rows).zip(&weights.nodes) {
        let last = receive_outputs(session, layer, rows, &weights, &point, &inverse)?;
        let sum = single(session.transcript.receive_ext("blind rotation sum", 1)?);
        let start = weights.step(0) * weights.body(layer.plan) * start(layer, rows, &point)?;
        total += *node * (sum + weights.step(layer.plan.steps()) * last - start);
        claims.push(sum);
    }
    let product = quotient
        .iter()
        .rev()
        .fold(K::zero(), |sum, c| sum * point.a + c)
        * (point.top() + K::one());
    ensure!(
        "BR-7 identity",
        total == product,
        failed("blind rotation identity")
    );
    let key = match keys {
        VerifierKeys::Direct(keys) => {
            let evaluated = key::evaluate(&keys.bootstrapping, &point);
            Key::Direct(key::combine(&evaluated, &weights, first.plan.components()))
        }
        VerifierKeys::Indexed(columns) => Key::Indexed(columns),
    };
    for ((layer, rows), claim) in layers.iter().zip(&weights.rows).zip(claims) {
        verify_layer(session, layer, rows, &weights, &point, &key, claim)?;
    }
    Ok(())
}

/// The bootstrapping key at a.
enum Key<'a> {
    /// Kv for all (h, u, c, j), from the key itself.
    Direct(Vec<K>),
    /// To be opened.
    Indexed(&'a KeyColumns),
}

/// BR-6: `sum_t eq(r_t,t) sum_c v_c acc_{t,H,c}(a)` from the outputs.
fn receive_outputs(
    session: &mut VerifierSession,
    layer: &Claimed<'_>,
    rows: &[K],
    weights: &Weights,
    point: &Univariate,
    inverse: &Univariate,
) -> Result<K, VerifyError> {
    let plan = layer.plan;
    let (output, words) = layer.output;
    let top = point.top();
    let mut sum = K::zero();
    for (component, weight) in weights.masks(plan) {
        let mut receive = |low: &[K]| {
            let word = plan.mask_point(output, component, low);
            output.receive_mask(session, words, Read::new(&plan.rows, rows), &word)
        };
        let reversed = receive(&inverse.z)? * inverse.scale;
        let constant = receive(&vec![K::zero(); point.z.len()])?;
        sum += weight * ((K::one() + top) * constant - top * reversed);
    }
    let body = output.receive_body(session, words, Read::new(&plan.rows, rows))?;
    let mut receive = |low: &[K]| -> Result<K, VerifyError> {
        let at = [rows, low].concat();
        Ok(single(session.receive_columns(
            "blind rotation body",
            &[plan.body],
            &at,
        )?))
    };
    let polynomial = receive(&point.z)? * point.scale;
    let constant = receive(&vec![K::zero(); point.z.len()])?;
    ensure!(
        "BR-6 output body",
        constant == body,
        failed("blind rotation output body")
    );
    Ok(sum + weights.body(plan) * polynomial)
}

/// `sum_t eq(r_t,t) LUT_t(a)`.
fn start(layer: &Claimed<'_>, rows: &[K], point: &Univariate) -> Result<K, VerifyError> {
    let powers = point.powers();
    let tables = layer
        .luts
        .iter()
        .map(|lut| {
            let table = lut.polynomial(powers.len());
            let table = table.map_err(|_| failed("blind rotation table fits the polynomial"))?;
            Ok(inner_words(table, &powers))
        })
        .collect::<Result<Vec<K>, VerifyError>>()?;
    let eq_rows = multilinear::eq_table(rows);
    Ok(layer
        .plan
        .rows
        .iter()
        .zip(eq_rows)
        .map(|(row, eq)| {
            let table = row.checked_rem(tables.len()).and_then(|i| tables.get(i));
            eq * table.copied().unwrap_or_default()
        })
        .sum())
}

fn verify_layer(
    session: &mut VerifierSession,
    layer: &Claimed<'_>,
    rows: &[K],
    weights: &Weights,
    point: &Univariate,
    key: &Key<'_>,
    claim: K,
) -> Result<(), VerifyError> {
    let plan = layer.plan;
    let grouping = plan.set.grouping_factor.0;
    // BR-8
    let (s, expected) = sumcheck::verify(
        claim,
        plan.step_vars().saturating_add(plan.row_vars()),
        identity::degree(plan),
        &mut session.transcript,
    )?;
    let (s_h, s_t) = s.split_at(plan.step_vars());
    let eq_steps = multilinear::eq_table(s_h);
    // BR-9
    let mut chunks = vec![vec![K::zero(); plan.cut.chunks.len()]; plan.components()];
    for shard in &plan.shards {
        let (factor, local) = shard.locate(s_t);
        let columns = shard.columns.concat();
        let at = [s_h, local, point.z.as_slice()].concat();
        let values = session.receive_columns("blind rotation chunks", &columns, &at)?;
        for (chunk, value) in chunks.iter_mut().flatten().zip(values) {
            *chunk += factor * point.scale * value;
        }
    }
    let used_steps = multilinear::prefix_indicator(plan.steps(), s_h);
    let used_rows = multilinear::prefix_indicator(plan.rows.len(), s_t);
    let fields = Fields::new(plan, &chunks, point.ones() * used_steps * used_rows);
    let mut powers = session
        .transcript
        .receive_ext("blind rotation powers", grouping.saturating_add(1))?;
    let body = powers.pop().unwrap_or_else(K::zero);
    let over_steps = |weight: &dyn Fn(usize) -> K| -> K {
        let steps = eq_steps.iter().take(plan.steps()).enumerate();
        steps.map(|(h, eq)| *eq * weight(h)).sum()
    };
    let key = match key {
        Key::Direct(collapsed) => key::at_step(collapsed, &eq_steps, plan.steps()),
        Key::Indexed(columns) => {
            let at = [s_h, point.z.as_slice()].concat();
            let mut values =
                session.receive_columns("bootstrapping key", &columns.bootstrapping, &at)?;
            values.iter_mut().for_each(|value| *value *= point.scale);
            key::combine(&values, weights, plan.components())
        }
    };
    let eq_rows = multilinear::eq(rows, s_t);
    let accumulators = fields.accumulators.iter().zip(&weights.components);
    let values = Values {
        omega: eq_rows * over_steps(&|h| weights.omega(h)),
        first: eq_rows * weights.step(0) * eq_steps.first().copied().unwrap_or_default(),
        next: eq_rows * over_steps(&|h| weights.step_after(h)),
        body: body * used_steps,
        accumulator: accumulators.map(|(acc, v)| *acc * v).sum(),
        exponents: powers.clone(),
        digits: fields.digits,
        key,
    }
    .into_vec();
    let digits = plan.components().saturating_mul(plan.levels());
    ensure!(
        "BR-9 steps",
        identity::summand(grouping, digits, &values) == expected,
        failed("blind rotation steps")
    );
    // BR-10
    let mu = session.challenge("blind rotation mu");
    // BR-11
    let input = layer.input;
    let (p, expected) = sumcheck::verify(
        exponents::claim(&powers, body, mu),
        plan.row_vars().saturating_add(input.cell_vars()),
        exponents::degree(plan),
        &mut session.transcript,
    )?;
    let (p_t, p_i) = p.split_at(plan.row_vars());
    // BR-12
    let bits = session.receive_columns("blind rotation bits", &plan.bits, &p)?;
    let selector = exponents::selector(plan, &eq_steps, mu);
    let selected = exponents::selected_at(plan, s_t, &selector, (p_t, p_i));
    let values = [&[selected], bits.as_slice()].concat();
    ensure!(
        "BR-12 monomials",
        exponents::summand(&exponents::factors(plan, point), &values) == expected,
        failed("blind rotation monomials")
    );
    let exponent = input.receive_row(session, None, Read::new(&plan.rows, p_t), p_i)?;
    let weighted = (0u32..).zip(&bits).map(|(bit, value)| scale(*value, bit));
    ensure!(
        "BR-12 exponent bits",
        weighted.sum::<K>() == exponent,
        failed("blind rotation exponent bits")
    );
    Ok(())
}
