//! Measures commit, range check, claims and opening on a large stack.
//!
//! ```text
//! cargo run --release -p blindproof-zk --example range_argument -- \
//!     [elements] [rate] [first fold] [fold] [grinding] [level] [unique|johnson] [rate step] [shards] [log rows] [MiB of stacks kept]
//! ```
//! Times are seconds of this process: wall and CPU (all threads).

use blindproof_zk::argument::{Prover, Source, SourceError, Verifier, peak_bytes};
use blindproof_zk::field::{F, f};
use blindproof_zk::soundness::Regime;
use blindproof_zk::stack::{ColumnId, LayoutBuilder};
use blindproof_zk::transcript::{ProverTranscript, VerifierTranscript};
use blindproof_zk::{Config, multilinear::num_vars};
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

/// User and system seconds of this process so far (ticks are 10 ms on Linux).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let field = |i: usize| {
        after
            .split_whitespace()
            .nth(i)
            .and_then(|v| v.parse::<f64>().ok())
    };
    (field(11).unwrap_or(0.0) + field(12).unwrap_or(0.0)) / 100.0
}

/// Largest resident set so far, in MiB.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|l| l.starts_with("VmHWM"))
        .unwrap_or_default();
    line.split_whitespace()
        .nth(1)
        .and_then(|v| v.parse::<f64>().ok())
        .unwrap_or(0.0)
        / 1024.0
}

/// Pseudorandom 16-bit values, computed whenever they are needed.
struct Random;

impl Source for Random {
    fn fill(&self, column: ColumnId, start: usize, out: &mut [F]) -> Result<(), SourceError> {
        for (i, value) in out.iter_mut().enumerate() {
            let seed = ((start + i) as u64) << 16 | column.index() as u64;
            *value = f(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 48);
        }
        Ok(())
    }
}

struct Clock {
    wall: Instant,
    cpu: f64,
    total: f64,
}

impl Clock {
    fn lap(&mut self, name: &str) {
        let cpu = cpu_seconds();
        println!(
            "{name:<14} {:7.3} s wall {:7.3} s CPU   peak {:6.0} MiB",
            self.wall.elapsed().as_secs_f64(),
            cpu - self.cpu,
            peak_mib()
        );
        self.total += cpu - self.cpu;
        self.cpu = cpu;
        self.wall = Instant::now();
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize, default: usize| {
        arguments
            .get(i)
            .and_then(|a| a.parse().ok())
            .unwrap_or(default)
    };
    let elements = number(0, 6_500_000);
    let regime = match arguments.get(6).map(String::as_str) {
        Some("johnson") => Regime::Johnson,
        _ => Regime::UniqueDecoding,
    };
    let config = Config::new(number(5, 128) as u32)?
        .with_regime(regime)
        .with_code(number(1, 1), number(2, 6), number(3, 4), number(7, 2))
        .with_grinding(number(4, 0) as u32)?;

    // Four columns of 16-bit chunks, as a gadget decomposition would give.
    let mut builder = LayoutBuilder::new();
    let shards = number(8, 1).max(1);
    let len = (elements / 4 / shards).max(1);
    let columns: Vec<_> = (0..4 * shards)
        .map(|i| {
            if i % 4 == 0 {
                builder.shard();
            }
            builder.column(len, Some(16))
        })
        .collect();
    let layout = builder.build()?;
    let log_rows = number(9, Config::log_rows(layout.total()));
    let kept = number(10, 0) << 20;
    println!(
        "{} elements in {} shards, 2^{log_rows} rows; predicted peak {:.0} MiB",
        layout.total(),
        layout.shards(),
        peak_bytes(&layout, &config, log_rows, kept)? as f64 / f64::from(1 << 20)
    );

    let mut clock = Clock {
        wall: Instant::now(),
        cpu: cpu_seconds(),
        total: 0.0,
    };
    let mut t = ProverTranscript::new("range argument example", b"");
    let mut prover = Prover::new(&config, log_rows)?.keeping(kept);
    prover.commit(&layout, Arc::new(Random), &mut t)?;
    clock.lap("commit");
    prover.range_check(&mut t, &())?;
    clock.lap("range check");
    let point = t.challenges("point", num_vars(len));
    for &column in &columns {
        let value = prover.evaluate(column, &point)?;
        t.send_ext("value", &[value]);
        prover.claim(column, &point, value)?;
    }
    clock.lap("claims");
    prover.open(&mut t)?;
    clock.lap("open");
    let proof = t.finish();
    println!(
        "prover {:.3} s CPU, proof {} bytes",
        clock.total,
        proof.len()
    );

    let mut t = VerifierTranscript::new("range argument example", b"", &proof);
    let mut verifier = Verifier::new(&config, log_rows)?;
    verifier.commit(&layout, &mut t)?;
    verifier.range_check(&mut t)?;
    let point = t.challenges("point", num_vars(len));
    for &column in &columns {
        let value = t.receive_ext("value", 1)?[0];
        verifier.claim(column, &point, value)?;
    }
    verifier.open(&mut t)?;
    t.finish()?;
    clock.lap("verify");
    println!("{}", config.report(&layout, log_rows, columns.len(), &[])?);
    Ok(())
}
