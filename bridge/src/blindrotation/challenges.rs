//! Challenges of BR-3 and the univariate point of BR-5.

use ark_ff::{Field, One};
use blindproof_zk::{field::K, multilinear};

use super::plan::BlindRotationPlan;

/// The weights of BR-3.
pub(super) struct Weights {
    /// r_t of each node.
    pub rows: Vec<Vec<K>>,
    /// `w_h = eq(r_h, h)`, h = 0..=H, zero padded to 2^vars.
    pub steps: Vec<K>,
    /// `v_c = eq(r_c, c)`, c = 0..=k, padded.
    pub components: Vec<K>,
    /// kappa^node.
    pub nodes: Vec<K>,
}

impl Weights {
    /// Draws the weights for nodes that share a parameter set.
    pub fn draw<'a>(
        plans: impl Iterator<Item = &'a BlindRotationPlan> + Clone,
        mut challenges: impl FnMut(&'static str, usize) -> Vec<K>,
    ) -> Self {
        let first = plans.clone().next();
        let steps = first.map_or(0, |plan| multilinear::num_vars(plan.steps() + 1));
        let components = first.map_or(0, |plan| multilinear::num_vars(plan.components()));
        let rows: Vec<Vec<K>> = plans
            .map(|plan| challenges("blind rotation rows", plan.row_vars()))
            .collect();
        let steps = multilinear::eq_table(&challenges("blind rotation steps", steps));
        let components =
            multilinear::eq_table(&challenges("blind rotation components", components));
        let kappa = challenges("blind rotation nodes", 1)[0];
        let nodes = std::iter::successors(Some(K::one()), |power| Some(*power * kappa))
            .take(rows.len())
            .collect();
        Self {
            rows,
            steps,
            components,
            nodes,
        }
    }

    /// w_h.
    pub fn step(&self, step: usize) -> K {
        self.steps.get(step).copied().unwrap_or_default()
    }

    /// w_{h+1}.
    pub fn step_after(&self, step: usize) -> K {
        self.step(step.saturating_add(1))
    }

    /// v_k, of the body.
    pub fn body(&self, plan: &BlindRotationPlan) -> K {
        let last = plan.components().saturating_sub(1);
        self.components.get(last).copied().unwrap_or_default()
    }

    /// v_c of the masks, with c.
    pub fn masks(&self, plan: &BlindRotationPlan) -> impl Iterator<Item = (usize, K)> + '_ {
        let masks = plan.components().saturating_sub(1);
        self.components.iter().copied().take(masks).enumerate()
    }

    /// omega_h: what acc_{t,h} is multiplied with by R_h and R_{h+1} together, without the product of R0.
    pub fn omega(&self, step: usize) -> K {
        match step {
            0 => -self.steps[1],
            _ => self.steps[step] - self.steps[step + 1],
        }
    }
}

/// A point a in K at which polynomials of a power-of-two size are evaluated, as a multilinear point.
pub(super) struct Univariate {
    /// a.
    pub a: K,
    /// z_a, most significant variable first.
    pub z: Vec<K>,
    /// s_a.
    pub scale: K,
}

impl Univariate {
    /// The point for polynomials of `2^vars` coefficients; `None` if some a^(2^b) is -1 (chance below 2^-170).
    pub fn new(a: K, vars: usize) -> Option<Self> {
        let mut z = Vec::with_capacity(vars);
        let mut scale = K::one();
        let mut power = a;
        for _ in 0..vars {
            let factor = K::one() + power;
            z.push(power * factor.inverse()?);
            scale *= factor;
            power.square_in_place();
        }
        z.reverse();
        Some(Self { a, z, scale })
    }

    /// a^0, .., a^(2^vars - 1).
    pub fn powers(&self) -> Vec<K> {
        std::iter::successors(Some(K::one()), |power| Some(*power * self.a))
            .take(1 << self.z.len())
            .collect()
    }

    /// a^(2^vars).
    pub fn top(&self) -> K {
        self.a.pow([1u64 << self.z.len()])
    }

    /// sum_x a^x.
    pub fn ones(&self) -> K {
        self.scale
    }
}
