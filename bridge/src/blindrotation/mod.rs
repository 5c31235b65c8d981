//! Multi-bit blind rotation with sample extraction, batched over all bootstraps of a proof.
//!
//! # Claim
//! For each bootstrap t of a node (input row of exponents e_{t,0..n-1}, b_t in Z_2N, table LUT_t, output row) there are
//! accumulators acc_{t,0..H} in R^(k+1), R = F_p\[X\]/(X^N+1), H = n/g, with
//! ```text
//! R0   X^(b_t) acc_{t,0} = (0,..,0,LUT_t)
//! Rh   acc_{t,h} = acc_{t,h-1} + sum_{c,j} d_{t,h-1,c,j} sum_{u != 0} (X^<u,e_{t,h-1}> - 1) K_{h-1,u,c,j}   h = 1..H
//!      output row t = sample extraction of acc_{t,H} at coefficient 0
//! ```
//! where d_{t,h,c,j} are *the* balanced gadget digits of acc_{t,h,c}, <u,e_{t,h}> = sum_i u_i e_{t,gh+i}, and K_{h,u} are the
//! GGSW ciphertexts of the bootstrapping key. The relations fix the accumulators, so the output is the one the exact
//! evaluation gives.
//!
//! # Notation
//! ```text
//! y            (acc_{t,h,c} + C) mod p, canonical, coefficient by coefficient; C the gadget offset
//! chunk_m      bit field m of y, committed, one column per (shard, component, m), cells (h, t, x)
//! bit_m        bit m of an exponent, committed, cells (t, i), i = n for the body
//! body         the last polynomial of acc_{t,H}, committed, cells (t, x); its mask is the output wire
//! P(a)         univariate evaluation: sum_x P[x] a^x = s_a P~(z_a),  z_b = a^(2^b)/(1+a^(2^b)),  s_a = prod_b (1+a^(2^b))
//! A_i(t,h)     a^(e_{t,gh+i}), as prod_m (1 + bit_m (a^(2^m) - 1)) for m < log N, and the top bit as a sign: a^N stands for -1
//! w_h          eq(r_h, h), h = 0..H        v_c   eq(r_c, c)        q_t   kappa^node eq(r_t, t)
//! V(t,h)       sum_c v_c acc_{t,h,c}(a)     Kv_{h,u,c,j}   sum_{c'} v_{c'} K_{h,u,c,j,c'}(a)
//! ```
//! Exponents are reduced to a sign and less than N, never further, so that all polynomials have degree below (g+2)N.
//!
//! # Protocol
//! ```text
//! BR-1  (with the commitment) chunk columns, range-checked; bit columns, range-checked to one bit; body columns
//! BR-2  canonicity of y: see `canonical`
//! BR-3  V -> P   r_t for each node, r_h, r_c, kappa
//! BR-4  P -> V   Q with  sum_{t,h} q_t w_h <v, relation R_h of t> = (X^N + 1) Q,   deg Q < (g+1) N
//! BR-5  V -> P   a
//!       for each node:
//! BR-6  P -> V   output mask at (r_t, c, z_{1/a}) and (r_t, c, 0) for all c, output body at r_t, body at (r_t, z_a), (r_t, 0)
//! BR-7  P -> V   F, the sum over (h,t) below; after the last node: the identity at a
//! BR-8  sumcheck over (h,t), h < H, of
//!         q_t { omega_h V + w_0 \[h=0\] B_t V - w_{h+1} sum_{c,j} d_{c,j}(a) sum_{u != 0} (prod_{i in u} A_i - 1) Kv_{h,u,c,j} } = F
//!         omega_0 = -w_1, omega_h = w_h - w_{h+1};  B_t = a^(b_t)             degree g + 3, ends at (s_h, s_t)
//! BR-9  P -> V   chunks of every shard at (s_h, s_t, z_a);  A_i(s_t,s_h), B(s_t);  (indexed keys) all K_{u,c,j,c'}(s_h, z_a)
//! BR-10 V -> P   mu
//! BR-11 sumcheck over (t,i) of eq(s_t,t) x(i) prod_m (1 + bit_m(t,i) alpha_m) = sum_i mu^i A_i + mu^g B
//!         x(gh+i) = mu^i eq(s_h,h), x(n) = mu^g;  alpha_m = a^(2^m) - 1, alpha_top = -2      ends at (p_t, p_i)
//! BR-12 P -> V   bit_m(p_t, p_i) for all m, exponents at (p_t, p_i)
//! ```
//!
//! # Checks
//! BR-6: body(r_t, 0) is the output body. BR-7: sum_nodes kappa^node (F + w_H V_H - w_0 v_k LUT(a)) = (a^N + 1) Q(a), V_H from BR-6:
//! acc_H mask(a) = (1 + a^N) out[0] - a^N out(1/a). BR-8 and BR-11: final values, with the key evaluated by the verifier or
//! opened from its index. BR-12: sum_m 2^m bit_m = exponent.
//!
//! # Left to the caller
//! Range checks and openings; that the key is the one of the statement.
//!
//! # Soundness
//! log T + log(H+1) + log(k+1) + nodes for BR-3; (g+2)N for a; (g+3)(log T + log H) for BR-8; g for mu; (log 2N + 1)(log T + log n) for
//! BR-11 and log T + log n for BR-12, all over |K|.
//!
//! # Zero knowledge
//! None.
//!
//! # Cost
//! (k+1) H N coefficients of 3 to 5 chunks per bootstrap, committed and range-checked: nearly everything. Collapse: one pass. Q:
//! 2^g - 1 polynomials per (h,c,j) and batch. Sumchecks: over T H and T n only.
//!
//! # References
//! Chillotti, Gama, Georgieva, Izabachene, eprint 2018/421; Joye and Paillier, CSCML 2022 (multi-bit);
//! `papers/protocol.pdf`, "Blind rotation".

mod canonical;
mod challenges;
mod collapse;
mod cut;
mod exponents;
mod identity;
mod key;
mod plan;
mod prover;
mod quotient;
#[cfg(test)]
mod tests;
mod verifier;
mod witness;

pub(crate) use cut::Cut;
pub(crate) use plan::BlindRotationPlan;
pub(crate) use prover::{Proven, prove};
pub(crate) use verifier::{Claimed, verify};
pub(crate) use witness::{Store, Witness};
