//! Prover of all blind rotations of a proof.

use ark_ff::{Field, Zero};
use blindproof_fhe::lut::Lut;
use blindproof_zk::{field::K, multilinear, sumcheck};
use ndarray::Array2;

use super::{
    canonical,
    challenges::{Univariate, Weights},
    collapse::Collapsed,
    exponents,
    identity::{self, Values},
    key,
    plan::BlindRotationPlan,
    quotient::{Layer, quotient},
    witness::Witness,
};
use crate::{
    index::{KeyColumns, ProverKeys},
    proof::{ProveError, ProveObserver, ProveStep, timed},
    session::ProverSession,
    wire::{Read, WirePlan},
};

/// One layer to be proven.
pub(crate) struct Proven<'a> {
    pub plan: &'a BlindRotationPlan,
    pub luts: &'a [Lut],
    /// Exponents: the wire and all its rows.
    pub input: (&'a WirePlan, &'a Array2<u64>),
    /// Outputs: the wire and all its rows.
    pub output: (&'a WirePlan, &'a Array2<u64>),
    pub witness: &'a Witness,
}

/// Proves all blind rotations; layers share the key.
pub(crate) fn prove(
    session: &mut ProverSession,
    keys: ProverKeys<'_>,
    layers: &[Proven<'_>],
    observer: &dyn ProveObserver,
) -> Result<(), ProveError> {
    let Some(first) = layers.first() else {
        return Ok(());
    };
    // BR-2
    canonical::prove(session, layers)?;
    // BR-3
    let plans = layers.iter().map(|layer| layer.plan);
    let weights = Weights::draw(plans, |label, count| session.challenges(label, count));
    // BR-4
    let views: Vec<Layer<'_>> = layers.iter().map(Layer::from).collect();
    let quotient = timed(observer, ProveStep::Quotient, || {
        quotient(&views, &keys.server.bootstrapping, &weights)
    })
    .map_err(ProveError::Columns)?;
    session.send("blind rotation quotient", &quotient);
    // BR-5
    let a = session.challenge("blind rotation point");
    let vars = first.plan.coefficient_vars();
    let inverse = a.inverse().ok_or(ProveError::Unlucky)?;
    let point = Univariate::new(a, vars).ok_or(ProveError::Unlucky)?;
    let inverse = Univariate::new(inverse, vars).ok_or(ProveError::Unlucky)?;
    let evaluated = timed(observer, ProveStep::Collapse, || {
        key::evaluate(&keys.server.bootstrapping, &point)
    });
    let collapsed_key = key::combine(&evaluated, &weights, first.plan.components());
    let mut runs = Vec::with_capacity(layers.len());
    for (layer, rows) in layers.iter().zip(&weights.rows) {
        // BR-6
        open_outputs(session, layer, rows, &point, &inverse)?;
        // BR-7
        let run = timed(observer, ProveStep::Collapse, || {
            Run::new(layer, rows, &weights, &point, &collapsed_key)
        })?;
        session.send("blind rotation sum", &[run.claim]);
        runs.push(run);
    }
    for (layer, run) in layers.iter().zip(runs) {
        timed(observer, ProveStep::BlindRotations, || {
            run.finish(session, layer, &point, keys.columns, &evaluated)
        })?;
    }
    Ok(())
}

/// BR-6: the output ciphertexts and the last body polynomials.
fn open_outputs(
    session: &mut ProverSession,
    layer: &Proven<'_>,
    rows: &[K],
    point: &Univariate,
    inverse: &Univariate,
) -> Result<(), ProveError> {
    let plan = layer.plan;
    let output = layer.output.0;
    for component in 0..plan.components() - 1 {
        for low in [inverse.z.clone(), vec![K::zero(); point.z.len()]] {
            let word = plan.mask_point(output, component, &low);
            output.open_mask(session, Read::new(&plan.rows, rows), &word)?;
        }
    }
    output.open_body(session, Read::new(&plan.rows, rows))?;
    for low in [point.z.clone(), vec![K::zero(); point.z.len()]] {
        session.open_columns(
            "blind rotation body",
            &[plan.body],
            &[rows, low.as_slice()].concat(),
        )?;
    }
    Ok(())
}

/// One layer between BR-7 and BR-12.
struct Run {
    collapsed: Collapsed,
    tables: Vec<Vec<K>>,
    claim: K,
}

impl Run {
    /// Tables of BR-8 over h 2^row_vars + t, and their sum.
    fn new(
        layer: &Proven<'_>,
        rows: &[K],
        weights: &Weights,
        point: &Univariate,
        collapsed_key: &[K],
    ) -> Result<Self, ProveError> {
        let plan = layer.plan;
        let exponents = layer.input.1;
        let grouping = plan.set.grouping_factor.0;
        let collapsed = Collapsed::new(plan, layer.witness, point).map_err(ProveError::Columns)?;
        let factors = exponents::factors(plan, point);
        let eq_rows = multilinear::eq_table(rows);
        let group = collapsed_key.len() / plan.steps();
        let bodies: Vec<K> = plan
            .rows
            .iter()
            .map(|row| exponents::power(&factors, exponents[(*row, plan.set.lwe_dimension.0)]))
            .collect();
        let stride = eq_rows.len();
        let mut tables: Vec<Vec<K>> = Vec::new();
        for cell in 0..plan.steps() * stride {
            let (h, t) = (cell / stride, cell % stride);
            let fields = collapsed.fields(plan, cell, point.ones());
            let accumulators = fields.accumulators.iter().zip(&weights.components);
            let powers = (0..grouping).map(|i| match plan.rows.get(t) {
                Some(row) => exponents::power(&factors, exponents[(*row, h * grouping + i)]),
                None => K::zero(),
            });
            let values = Values {
                omega: eq_rows[t] * weights.omega(h),
                first: if h == 0 {
                    eq_rows[t] * weights.steps[0]
                } else {
                    K::zero()
                },
                next: eq_rows[t] * weights.steps[h + 1],
                body: bodies.get(t).copied().unwrap_or_else(K::zero),
                accumulator: accumulators.map(|(acc, v)| *acc * v).sum(),
                exponents: powers.collect(),
                digits: fields.digits,
                key: collapsed_key[h * group..(h + 1) * group].to_vec(),
            }
            .into_vec();
            if tables.is_empty() {
                tables = values.iter().map(|_| Vec::new()).collect();
            }
            for (table, value) in tables.iter_mut().zip(values) {
                table.push(value);
            }
        }
        let digits = plan.components() * plan.levels();
        let num_vars = plan.step_vars() + plan.row_vars();
        let claim = sumcheck::sum(&tables, num_vars, |values| {
            identity::summand(grouping, digits, values)
        });
        Ok(Self {
            collapsed,
            tables,
            claim,
        })
    }

    fn finish(
        self,
        session: &mut ProverSession,
        layer: &Proven<'_>,
        point: &Univariate,
        key_columns: Option<&KeyColumns>,
        evaluated_key: &[K],
    ) -> Result<(), ProveError> {
        let plan = layer.plan;
        let grouping = plan.set.grouping_factor.0;
        let digits = plan.components() * plan.levels();
        // BR-8
        let (s, values) = sumcheck::prove(
            self.tables,
            plan.step_vars() + plan.row_vars(),
            identity::degree(plan),
            |values| identity::summand(grouping, digits, values),
            self.claim,
            &mut session.transcript,
        )?;
        let (s_h, s_t) = s.split_at(plan.step_vars());
        let eq_steps = multilinear::eq_table(s_h);
        // BR-9
        let scale = point.scale.inverse().ok_or(ProveError::Unlucky)?;
        for (index, shard) in plan.shards.iter().enumerate() {
            let (_, local) = shard.locate(s_t);
            let values = self.collapsed.shard_values(
                plan,
                index,
                &eq_steps,
                &multilinear::eq_table(local),
                scale,
            );
            let columns = shard.columns.concat();
            let at = [s_h, local, point.z.as_slice()].concat();
            session.send_columns("blind rotation chunks", &columns, &at, &values)?;
        }
        let words = layer.input.1;
        let factors = exponents::factors(plan, point);
        let n = plan.set.lwe_dimension.0;
        let body: K = plan
            .rows
            .iter()
            .zip(multilinear::eq_table(s_t))
            .map(|(row, eq)| eq * exponents::power(&factors, words[(*row, n)]))
            .sum();
        let powers = &values[identity::HEAD..identity::HEAD + grouping];
        session.send("blind rotation powers", &[powers, &[body]].concat());
        if let Some(columns) = key_columns {
            let values = key::at_step(evaluated_key, &eq_steps, plan.steps());
            let values: Vec<K> = values.into_iter().map(|value| value * scale).collect();
            let at = [s_h, point.z.as_slice()].concat();
            session.send_columns("bootstrapping key", &columns.bootstrapping, &at, &values)?;
        }
        // BR-10
        let mu = session.challenge("blind rotation mu");
        // BR-11
        let selector = exponents::selector(plan, &eq_steps, mu);
        let (input, stride) = (layer.input.0, layer.input.0.row_stride());
        let mut selected = vec![K::zero(); plan.rows.len() * stride];
        for (cells, eq) in selected.chunks_mut(stride).zip(multilinear::eq_table(s_t)) {
            for (cell, x) in cells.iter_mut().zip(&selector) {
                *cell = eq * x;
            }
        }
        let mut tables = vec![selected];
        for bit in 0..plan.bits.len() {
            let bits = plan.exponent_bits(words, bit, stride);
            tables.push(bits.into_iter().map(blindproof_zk::field::k).collect());
        }
        let (p, values) = sumcheck::prove(
            tables,
            plan.row_vars() + input.cell_vars(),
            exponents::degree(plan),
            |values| exponents::summand(&factors, values),
            exponents::claim(powers, body, mu),
            &mut session.transcript,
        )?;
        // BR-12
        session.send_columns("blind rotation bits", &plan.bits, &p, &values[1..])?;
        let (p_t, p_i) = p.split_at(plan.row_vars());
        input.open_row(session, Read::new(&plan.rows, p_t), p_i)
    }
}
