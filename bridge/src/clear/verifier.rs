//! The verifier of clear inference.

#![deny(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use ark_ff::Zero;
use blindproof_fhe::model::{ClearLayer, ClearModel, LutLayer, QuantisedModel, Rows};
use blindproof_zk::field::{K, scale};
use blindproof_zk::soundness::{Regime, SoundnessReport, Term, over_field};
use blindproof_zk::transcript::VerifierTranscript;
use blindproof_zk::{Config, argument, ensure, multilinear, sumcheck};

use super::relation::{
    Circuit, Claim, LINEAR_DEGREE, TablePlan, combine, fold_bias, fold_outputs, read, residue,
    split_tables,
};
use super::statement::{ClearError, PROTOCOL, Public};
use crate::proof::failed;
use crate::session::VerifierSession;
use crate::{VerifyError, kernels, soundness};

/// What an accepted proof says: the model gives these outputs on the inputs (public, or some committed ones in range).
#[derive(Clone, Debug)]
pub struct Verified {
    /// Soundness error, term by term.
    pub soundness: SoundnessReport,
}

/// Checks a proof from its bytes.
///
/// # Errors
/// [`ClearError::Verify`] when it is rejected, others when model or public data are refused. No input makes it panic.
pub fn verify(
    model: &QuantisedModel,
    public: &Public<'_>,
    proof: &[u8],
) -> Result<Verified, ClearError> {
    let clear = ClearModel::new(model)?;
    public.check(model)?;
    // Two integers may be the same residue; only one of them is in range.
    let ranges = model
        .analyse()?
        .pop()
        .map(|wire| wire.ranges)
        .unwrap_or_default();
    let in_range = |logits: &Vec<i64>| {
        let mut pairs = logits.iter().zip(&ranges);
        pairs.all(|(logit, range)| (range.0..=range.1).contains(logit))
    };
    ensure!(
        "CLR output range",
        public.outputs.iter().all(in_range),
        failed("clear output range")
    );
    // CLR-1
    let mut transcript = VerifierTranscript::new(PROTOCOL, &public.bytes(model), proof);
    let circuit = Circuit::new(clear, public.outputs.len(), public.mode())?;
    let config = soundness::config(public.level).map_err(VerifyError::from)?;
    // CLR-2
    let log_rows = circuit
        .layout
        .as_ref()
        .map(|layout| Config::log_rows(layout.total()));
    let argument = match (&circuit.layout, log_rows) {
        (Some(layout), Some(log_rows)) => {
            let mut argument =
                argument::Verifier::new(&config, log_rows).map_err(VerifyError::from)?;
            argument
                .commit(layout, &mut transcript)
                .map_err(VerifyError::from)?;
            argument
                .range_check(&mut transcript)
                .map_err(VerifyError::from)?;
            Some(argument)
        }
        _ => None,
    };
    let mut session = VerifierSession {
        transcript,
        argument,
    };
    let errors = layers(&circuit, public, &mut session)?;
    // CLR-6
    let VerifierSession {
        mut transcript,
        argument,
    } = session;
    let claims = argument.as_ref().map_or(0, argument::Verifier::claims);
    if let Some(argument) = argument {
        argument.open(&mut transcript).map_err(VerifyError::from)?;
    }
    transcript.finish().map_err(VerifyError::from)?;
    let terms = vec![Term {
        name: "layers: sumchecks and combined claims".to_owned(),
        bits: over_field(errors),
        grinding: 0,
        source: "papers/protocol, section 10",
    }];
    let soundness = match (&circuit.layout, log_rows) {
        (Some(layout), Some(log_rows)) => config
            .report(layout, log_rows, claims, &terms)
            .map_err(VerifyError::from)?,
        _ => SoundnessReport {
            terms,
            regime: Regime::default(),
            level: public.level,
        },
    };
    Ok(Verified { soundness })
}

/// CLR-3 to CLR-5; the numerator of the error.
fn layers(
    circuit: &Circuit<'_>,
    public: &Public<'_>,
    session: &mut VerifierSession<'_>,
) -> Result<f64, ClearError> {
    let mut claims: Vec<Vec<Claim>> = vec![Vec::new(); circuit.features.len()];
    let last = circuit.features.len().saturating_sub(1);
    // CLR-3
    let point = session.challenges("clear outputs", circuit.vars(last));
    let value = evaluate(public.outputs, &point);
    let mut errors = number(point.len());
    push(&mut claims, last, Claim { point, value })?;
    // CLR-4
    for (index, layer) in circuit.model.layers().iter().enumerate().rev() {
        let wire = index.saturating_add(1);
        let own = claims.get_mut(wire).map(std::mem::take).unwrap_or_default();
        if own.is_empty() {
            continue;
        }
        let gamma = session.challenge("clear gamma");
        errors += number(own.len());
        let (weights, sum) = combine(&own, gamma, circuit.rows(wire));
        match (layer, circuit.tables.get(index).and_then(Option::as_ref)) {
            (ClearLayer::Lut { input, lut, .. }, Some(plan)) => {
                errors += number(plan.degree()) * number(multilinear::num_vars(plan.cells));
                let features = circuit.features.get(wire).copied().unwrap_or_default();
                let claim = table(session, plan, lut, &weights, features, sum)?;
                push(&mut claims, *input, claim)?;
            }
            (ClearLayer::Linear { inputs, rows }, _) => {
                let rounds = inputs.iter().map(|(input, _)| number(circuit.vars(*input)));
                errors += number(LINEAR_DEGREE) * rounds.sum::<f64>();
                let found = linear(session, circuit, (inputs, rows), &weights, sum)?;
                for ((input, _), claim) in inputs.iter().zip(found) {
                    push(&mut claims, *input, claim)?;
                }
            }
            _ => {}
        }
    }
    // CLR-5
    for claim in claims.first().into_iter().flatten() {
        match (&circuit.input, public.inputs) {
            (None, Some(inputs)) => ensure!(
                "CLR-5 public inputs",
                evaluate(inputs, &claim.point) == claim.value,
                failed("clear inputs")
            ),
            (Some(plan), None) => {
                let columns = [plan.above, plan.below];
                let values = session.receive_columns("clear inputs", &columns, &claim.point)?;
                let &[above, below] = values.as_slice() else {
                    return Err(VerifyError::UnplacedWire.into());
                };
                let least = circuit.bound_at(&claim.point, |range| range.0);
                let most = circuit.bound_at(&claim.point, |range| range.1);
                ensure!(
                    "CLR-5 committed inputs",
                    above + least == claim.value,
                    failed("clear inputs")
                );
                ensure!(
                    "CLR-5 input range",
                    above + below + least == most,
                    failed("clear input range")
                );
            }
            _ => return Err(VerifyError::UnplacedWire.into()),
        }
    }
    Ok(errors)
}

/// Exact for sizes of models: they are far below 2^32.
fn number(size: usize) -> f64 {
    u32::try_from(size).map_or(f64::INFINITY, f64::from)
}

fn push(claims: &mut [Vec<Claim>], wire: usize, claim: Claim) -> Result<(), VerifyError> {
    let own = claims.get_mut(wire).ok_or(VerifyError::UnplacedWire)?;
    own.push(claim);
    Ok(())
}

/// The extension of public values at a point.
fn evaluate(values: &[Vec<i64>], point: &[K]) -> K {
    let rows = values.iter().flatten().zip(multilinear::eq_table(point));
    rows.fold(K::zero(), |sum, (value, eq)| {
        sum + scale(eq, residue(*value))
    })
}

fn linear(
    session: &mut VerifierSession<'_>,
    circuit: &Circuit<'_>,
    (inputs, rows): (&[(usize, u32)], &Rows),
    weights: &[K],
    sum: K,
) -> Result<Vec<Claim>, VerifyError> {
    let matrices = fold_outputs(rows, weights, circuit.images, inputs, &circuit.features);
    let sum = sum - fold_bias(rows, weights);
    let sums = match inputs.len() {
        1 => vec![sum],
        parts => session.transcript.receive_ext("clear parts", parts)?,
    };
    ensure!(
        "CLR-4 parts",
        sums.iter().sum::<K>() == sum,
        failed("clear linear layer parts")
    );
    let mut claims = Vec::new();
    for (((input, _), matrix), sum) in inputs.iter().zip(matrices).zip(sums) {
        let vars = circuit.vars(*input);
        let (point, end) = sumcheck::verify(sum, vars, LINEAR_DEGREE, &mut session.transcript)?;
        let value = crate::wire::single(session.transcript.receive_ext("clear value", 1)?);
        let matrix = kernels::inner(&matrix, &multilinear::eq_table(&point));
        ensure!(
            "CLR-4 linear layer",
            matrix * value == end,
            failed("clear linear layer")
        );
        claims.push(Claim { point, value });
    }
    Ok(claims)
}

fn table(
    session: &mut VerifierSession<'_>,
    plan: &TablePlan,
    lut: &LutLayer,
    weights: &[K],
    features: usize,
    sum: K,
) -> Result<Claim, VerifyError> {
    let vars = multilinear::num_vars(plan.cells);
    let (point, end) = sumcheck::verify(sum, vars, plan.degree(), &mut session.transcript)?;
    let values = session.receive_columns("clear table", &plan.columns(), &point)?;
    let eq = multilinear::eq_table(&point);
    let tables = split_tables(lut, weights, features);
    let mut read_at: Vec<K> = tables
        .iter()
        .map(|weights| kernels::inner(weights, &eq))
        .collect();
    read_at.extend(values.iter().take(plan.bits.len()));
    ensure!(
        "CLR-4 table",
        read(lut, &read_at) == end,
        failed("clear table")
    );
    let one = multilinear::prefix_indicator(plan.cells, &point);
    let value = plan.accumulator(&values, one);
    Ok(Claim { point, value })
}
