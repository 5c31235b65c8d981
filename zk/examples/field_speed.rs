//! Multiplications per second: the direct Goldilocks reduction against `ark-ff`'s
//! Montgomery back ends.
//!
//! ```text
//! cargo run --release -p blindproof-zk --example field_speed
//! ```

use ark_ff::{
    Field, Fp3, Fp3Config, Fp64, MontBackend, MontConfig, MontFp, SmallFp, SmallFpConfig,
};
use blindproof_zk::field::{F, K};
use std::hint::black_box;

/// `ark-ff`'s Montgomery back end for big integers, one limb.
#[derive(MontConfig)]
#[modulus = "18446744069414584321"]
#[generator = "7"]
struct Montgomery;
type M = Fp64<MontBackend<Montgomery, 1>>;

/// `ark-ff`'s Montgomery back end for small primes.
#[derive(SmallFpConfig)]
#[modulus = "18446744069414584321"]
#[generator = "7"]
struct Small;
type S = SmallFp<Small>;

/// The cubic extension over [`M`]; only its multiplication is used.
struct MontgomeryCubic;

impl Fp3Config for MontgomeryCubic {
    type Fp = M;
    const NONRESIDUE: M = MontFp!("2");
    const FROBENIUS_COEFF_FP3_C1: &[M] = &[];
    const FROBENIUS_COEFF_FP3_C2: &[M] = &[];
    const TWO_ADICITY: u32 = 32;
    const TRACE_MINUS_ONE_DIV_TWO: &[u64] = &[];
    const QUADRATIC_NONRESIDUE_TO_T: Fp3<Self> = Fp3::new(MontFp!("1"), MontFp!("0"), MontFp!("0"));
}

const LEN: usize = 1 << 12;
const REPEAT: usize = 1 << 12;

/// CPU seconds of this thread so far (Linux).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split(' ')
        .next()
        .and_then(|v| v.parse::<f64>().ok())
        .unwrap_or(0.0)
        / 1e9
}

/// Million multiplications per second: independent products, and a chain.
fn measure<A: Field>(name: &str) {
    let mut x = A::from(0x1234_5678_9abc_def1_u64);
    let mut next = || {
        x = x.square() + A::ONE;
        x
    };
    let a: Vec<A> = (0..LEN).map(|_| next()).collect();
    let b: Vec<A> = (0..LEN).map(|_| next()).collect();
    let start = cpu_seconds();
    for _ in 0..REPEAT {
        let sum: A = black_box(&a)
            .iter()
            .zip(black_box(&b))
            .map(|(&a, b)| a * b)
            .sum();
        black_box(sum);
    }
    let throughput = cpu_seconds() - start;
    let start = cpu_seconds();
    for _ in 0..REPEAT / 4 {
        let product = black_box(&a).iter().fold(A::ONE, |product, a| product * a);
        black_box(product);
    }
    let latency = (cpu_seconds() - start) * 4.0;
    let millions = (LEN * REPEAT) as f64 / 1e6;
    println!(
        "{name:<32} {:8.0} M/s independent   {:8.0} M/s chained",
        millions / throughput,
        millions / latency
    );
}

fn main() {
    measure::<F>("F, direct reduction (ours)");
    measure::<M>("F, ark-ff MontBackend");
    measure::<S>("F, ark-ff SmallFp");
    measure::<K>("K, over ours");
    measure::<Fp3<MontgomeryCubic>>("K, over ark-ff MontBackend");
}
