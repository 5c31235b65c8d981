//! A relation of your own: the inner product of committed bytes with public weights.
//!
//! **Claim.** The prover knows x in {0, .., 255}^n with `<w, x> = y`, for public w and y.
//!
//! Prover and verifier share the shape of the columns, one sumcheck and one claim about the committed column at the
//! sumcheck's point; the argument checks the ranges and discharges the claim. Not zero-knowledge.

use std::error::Error;
use std::sync::Arc;

use blindproof_zk::argument::{Prover, Verifier};
use blindproof_zk::field::{K, f, k};
use blindproof_zk::multilinear::{evaluate_base, num_vars};
use blindproof_zk::stack::{ColumnId, Layout, LayoutBuilder};
use blindproof_zk::transcript::{ProverTranscript, VerifierTranscript};
use blindproof_zk::{Config, sumcheck};

const PROTOCOL: &str = "example: inner product with bytes";
/// Both factors are linear in every variable.
const DEGREE: usize = 2;

/// What both sides know.
struct Statement {
    weights: Vec<u64>,
    sum: u64,
}

impl Statement {
    fn bytes(&self) -> Vec<u8> {
        let words = self.weights.iter().chain([&self.sum]);
        words.flat_map(|word| word.to_le_bytes()).collect()
    }

    /// One column of bytes.
    fn layout(&self) -> Result<(Layout, ColumnId), Box<dyn Error>> {
        let mut builder = LayoutBuilder::new();
        let bytes = builder.column(self.weights.len(), Some(8));
        Ok((builder.build()?, bytes))
    }
}

fn prove(statement: &Statement, bytes: &[u64]) -> Result<Vec<u8>, Box<dyn Error>> {
    let config = Config::default();
    let (layout, column) = statement.layout()?;
    let mut t = ProverTranscript::new(PROTOCOL, &statement.bytes());
    let mut argument = Prover::new(&config, Config::log_rows(layout.total()))?;
    let values: Vec<_> = bytes.iter().map(|&byte| f(byte)).collect();
    argument.commit(&layout, Arc::new(vec![values]), &mut t)?;
    argument.range_check(&mut t, &())?;
    let tables = [&statement.weights, bytes].map(|table| table.iter().map(|&v| k(f(v))).collect());
    let vars = num_vars(bytes.len());
    let sum = k(f(statement.sum));
    let (point, values) =
        sumcheck::prove(tables.to_vec(), vars, DEGREE, |v| v[0] * v[1], sum, &mut t)?;
    t.send_ext("bytes", &values[1..]);
    argument.claim(column, &point, values[1])?;
    argument.open(&mut t)?;
    Ok(t.finish())
}

fn verify(statement: &Statement, proof: &[u8]) -> Result<(), Box<dyn Error>> {
    let config = Config::default();
    let (layout, column) = statement.layout()?;
    let mut t = VerifierTranscript::new(PROTOCOL, &statement.bytes(), proof);
    let mut argument = Verifier::new(&config, Config::log_rows(layout.total()))?;
    argument.commit(&layout, &mut t)?;
    argument.range_check(&mut t)?;
    let vars = num_vars(statement.weights.len());
    let (point, end) = sumcheck::verify(k(f(statement.sum)), vars, DEGREE, &mut t)?;
    let bytes: K = t.receive_ext("bytes", 1)?.into_iter().sum();
    // The weights are public: their extension is computed, not claimed.
    let weights: Vec<_> = statement.weights.iter().map(|&weight| f(weight)).collect();
    if evaluate_base(&weights, &point) * bytes != end {
        return Err("the inner product is wrong".into());
    }
    argument.claim(column, &point, bytes)?;
    argument.open(&mut t)?;
    Ok(t.finish()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let bytes: Vec<u64> = (0..100).map(|i| i * i % 256).collect();
    let weights: Vec<u64> = (0..100).collect();
    let sum = bytes.iter().zip(&weights).map(|(x, w)| x * w).sum();
    let statement = Statement { weights, sum };
    let proof = prove(&statement, &bytes)?;
    verify(&statement, &proof)?;
    println!("accepted: <w, x> = {sum}, {} bytes", proof.len());

    let wrong = Statement {
        sum: sum + 1,
        ..statement
    };
    let rejection = verify(&wrong, &proof).expect_err("another sum");
    println!("rejected: <w, x> = {}: {rejection}", wrong.sum);
    let refused = prove(&Statement { sum, ..wrong }, &[&[256], &bytes[1..]].concat());
    println!("not proven: {}", refused.expect_err("256 is no byte"));
    Ok(())
}

#[test]
fn runs() {
    main().unwrap();
}
