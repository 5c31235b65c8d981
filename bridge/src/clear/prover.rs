//! The prover of clear inference.

use std::sync::Arc;

use blindproof_fhe::model::{ClearLayer, ClearModel, LutLayer, QuantisedModel, Rows};
use blindproof_zk::field::{F, K, k};
use blindproof_zk::stack::ColumnId;
use blindproof_zk::transcript::ProverTranscript;
use blindproof_zk::{argument, multilinear, sumcheck};

use super::relation::{
    Circuit, Claim, LINEAR_DEGREE, TablePlan, combine, fold_outputs, read, residue, split_tables,
};
use super::statement::{ClearError, InputMode, PROTOCOL, Public};
use crate::columns::Columns;
use crate::proof::{ProveError, Tamper, timed};
use crate::session::ProverSession;
use crate::{ProveObserver, ProveStep, soundness};

/// A proof and what it is about.
#[derive(Clone, Debug)]
pub struct Proven {
    /// Logits, one list for each image.
    pub outputs: Vec<Vec<i64>>,
    /// The proof.
    pub proof: Vec<u8>,
    /// Committed field elements, tables included.
    pub committed: usize,
}

/// Computes the model on quantised inputs and proves it.
///
/// # Errors
/// [`ClearError`] for a model or inputs that are refused.
pub fn prove(
    model: &QuantisedModel,
    inputs: &[Vec<i64>],
    mode: InputMode,
    level: u32,
    observer: &dyn ProveObserver,
) -> Result<Proven, ClearError> {
    let clear = ClearModel::new(model)?;
    let values = inputs.iter().map(|input| clear.values(input));
    let values = Values::new(values.collect::<Result<_, _>>()?, model.layers.len() + 1);
    prove_with(clear, inputs, &values, (mode, level), observer, &mut ())
}

/// The values of every wire, image by image.
#[derive(Clone, Debug)]
pub(super) struct Values(pub Vec<Vec<i64>>);

impl Values {
    fn new(images: Vec<Vec<Vec<i64>>>, wires: usize) -> Self {
        let wire = |wire: usize| {
            images
                .iter()
                .flat_map(|image| image[wire].iter().copied())
                .collect()
        };
        Self((0..wires).map(wire).collect())
    }

    /// Of some model on some inputs.
    #[cfg(test)]
    pub fn of(model: &QuantisedModel, inputs: &[Vec<i64>]) -> Self {
        let clear = ClearModel::new(model).expect("a valid model");
        let values = inputs
            .iter()
            .map(|input| clear.values(input).expect("a valid input"));
        Self::new(values.collect(), model.layers.len() + 1)
    }

    fn base(&self, wire: usize) -> Vec<F> {
        self.0[wire].iter().map(|value| residue(*value)).collect()
    }
}

/// Proves values that may be wrong.
pub(super) fn prove_with(
    model: ClearModel<'_>,
    inputs: &[Vec<i64>],
    values: &Values,
    (mode, level): (InputMode, u32),
    observer: &dyn ProveObserver,
    tamper: &mut dyn Tamper,
) -> Result<Proven, ClearError> {
    let outputs: Vec<Vec<i64>> = match values.0.last() {
        Some(logits) => logits
            .chunks((logits.len() / inputs.len().max(1)).max(1))
            .map(<[i64]>::to_vec)
            .collect(),
        None => Vec::new(),
    };
    let public = Public {
        inputs: (mode == InputMode::Public).then_some(inputs),
        outputs: &outputs,
        level,
    };
    public.check(model.model())?;
    // CLR-1
    let mut transcript = ProverTranscript::new(PROTOCOL, &public.bytes(model.model()));
    let circuit = Circuit::new(model, inputs.len(), mode)?;
    let columns = timed(observer, ProveStep::Witness, || {
        let mut held = witness(&circuit, values);
        tamper.committed(&mut held);
        Arc::new(Columns::new(&[], held, Vec::new()))
    });
    // CLR-2
    let argument = match &circuit.layout {
        None => None,
        Some(layout) => {
            let config = soundness::config(level).map_err(crate::VerifyError::from)?;
            let log_rows = blindproof_zk::Config::log_rows(layout.total());
            let failed = |error| ClearError::Prove(ProveError::Argument(error));
            let mut argument = argument::Prover::new(&config, log_rows).map_err(failed)?;
            timed(observer, ProveStep::Commit, || {
                argument.commit(layout, columns.clone(), &mut transcript)
            })
            .map_err(failed)?;
            timed(observer, ProveStep::RangeCheck, || {
                argument.range_check(&mut transcript, &())
            })
            .map_err(failed)?;
            Some(argument)
        }
    };
    let mut session = ProverSession {
        transcript,
        argument,
        columns,
        tamper,
    };
    timed(observer, ProveStep::BlindRotations, || {
        layers(&circuit, values, &mut session)
    })?;
    // CLR-6
    let ProverSession {
        mut transcript,
        argument,
        ..
    } = session;
    if let Some(argument) = argument {
        timed(observer, ProveStep::Open, || argument.open(&mut transcript))
            .map_err(ProveError::from)?;
    }
    Ok(Proven {
        outputs,
        proof: transcript.finish(),
        committed: circuit.layout.as_ref().map_or(0, |layout| layout.total()),
    })
}

/// All committed columns.
fn witness(circuit: &Circuit<'_>, values: &Values) -> Vec<(ColumnId, Vec<F>)> {
    let mut held = Vec::new();
    for (plan, layer) in circuit.tables.iter().zip(circuit.model.layers()) {
        if let (Some(plan), ClearLayer::Lut { input, .. }) = (plan, layer) {
            let cells: Vec<Vec<F>> = values.0[*input]
                .iter()
                .map(|a| plan.decompose(*a))
                .collect();
            for (place, id) in plan.columns().into_iter().enumerate() {
                held.push((id, cells.iter().map(|cell| cell[place]).collect()));
            }
        }
    }
    if let Some(plan) = &circuit.input {
        let spec = &circuit.model.model().input;
        let features = circuit.features[0];
        let column = |of: fn(i64, (i64, i64)) -> i64| -> Vec<F> {
            let rows = values.0[0].iter().enumerate();
            rows.map(|(row, v)| residue(of(*v, spec.range(row % features))))
                .collect()
        };
        held.push((plan.above, column(|v, range| v - range.0)));
        held.push((plan.below, column(|v, range| range.1 - v)));
    }
    held
}

/// CLR-3 to CLR-5.
fn layers(
    circuit: &Circuit<'_>,
    values: &Values,
    session: &mut ProverSession<'_>,
) -> Result<(), ClearError> {
    let last = circuit.features.len() - 1;
    let mut claims: Vec<Vec<Claim>> = vec![Vec::new(); last + 1];
    // CLR-3
    let point = session.challenges("clear outputs", circuit.vars(last));
    let value = multilinear::evaluate_base(&values.base(last), &point);
    claims[last].push(Claim { point, value });
    // CLR-4
    for (index, layer) in circuit.model.layers().iter().enumerate().rev() {
        let own = std::mem::take(&mut claims[index + 1]);
        if own.is_empty() {
            continue;
        }
        let gamma = session.challenge("clear gamma");
        let (weights, sum) = combine(&own, gamma, circuit.rows(index + 1));
        match (layer, &circuit.tables[index]) {
            (ClearLayer::Lut { input, lut, .. }, Some(plan)) => {
                let claim = table(
                    session,
                    plan,
                    lut,
                    &weights,
                    circuit.features[index + 1],
                    sum,
                )?;
                claims[*input].push(claim);
            }
            (ClearLayer::Linear { inputs, rows }, _) => {
                let found = linear(session, circuit, values, (inputs, rows), &weights)?;
                for ((input, _), claim) in inputs.iter().zip(found) {
                    claims[*input].push(claim);
                }
            }
            _ => {}
        }
    }
    // CLR-5
    if let Some(plan) = &circuit.input {
        for claim in &claims[0] {
            session.open_columns("clear inputs", &[plan.above, plan.below], &claim.point)?;
        }
    }
    Ok(())
}

fn linear(
    session: &mut ProverSession<'_>,
    circuit: &Circuit<'_>,
    values: &Values,
    (inputs, rows): (&[(usize, u32)], &Rows),
    weights: &[K],
) -> Result<Vec<Claim>, ClearError> {
    let matrices = fold_outputs(rows, weights, circuit.images, inputs, &circuit.features);
    let wires: Vec<Vec<K>> = inputs
        .iter()
        .map(|(input, _)| values.base(*input).into_iter().map(k).collect())
        .collect();
    let sums: Vec<K> = matrices
        .iter()
        .zip(&wires)
        .map(|(matrix, wire)| matrix.iter().zip(wire).map(|(m, v)| *m * v).sum())
        .collect();
    if sums.len() > 1 {
        session.send("clear parts", &sums);
    }
    let mut claims = Vec::new();
    for (((input, _), tables), sum) in inputs.iter().zip(matrices.into_iter().zip(wires)).zip(sums)
    {
        let (point, ends) = sumcheck::prove(
            vec![tables.0, tables.1],
            circuit.vars(*input),
            LINEAR_DEGREE,
            |v| v[0] * v[1],
            sum,
            &mut session.transcript,
        )
        .map_err(ProveError::from)?;
        let value = ends[1];
        session.send("clear value", &[value]);
        claims.push(Claim { point, value });
    }
    Ok(claims)
}

fn table(
    session: &mut ProverSession<'_>,
    plan: &TablePlan,
    lut: &LutLayer,
    weights: &[K],
    features: usize,
    sum: K,
) -> Result<Claim, ClearError> {
    let mut tables = split_tables(lut, weights, features);
    let bits = plan.bits.iter().map(|id| {
        let column = session.column(*id);
        column.iter().map(|bit| k(*bit)).collect::<Vec<K>>()
    });
    tables.extend(bits);
    let vars = multilinear::num_vars(plan.cells);
    let sum = match session.tamper.ignores_claims() {
        true => sumcheck::sum(&tables, vars, |values| read(lut, values)),
        false => sum,
    };
    let (point, _) = sumcheck::prove(
        tables,
        vars,
        plan.degree(),
        |values| read(lut, values),
        sum,
        &mut session.transcript,
    )
    .map_err(ProveError::from)?;
    let values = session.open_columns("clear table", &plan.columns(), &point)?;
    let one = multilinear::prefix_indicator(plan.cells, &point);
    let value = plan.accumulator(&values, one);
    Ok(Claim { point, value })
}
