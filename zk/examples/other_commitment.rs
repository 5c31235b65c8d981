//! Another commitment behind the trait [`MultilinearPcs`]: the same evaluation proof with WHIR and with a commitment that
//! sends everything. The second is no use but for showing what has to be written: it is not succinct.
//!
//! The trait is where commitments to one polynomial are exchanged (WHIR is used through it). The argument itself commits to
//! many stacks at once, through `pcs::interleaved`, whose second tier is WHIR.

use std::error::Error;

use blindproof_zk::Config;
use blindproof_zk::field::{F, K, f};
use blindproof_zk::multilinear::evaluate_base;
use blindproof_zk::pcs::{MultilinearPcs, Whir};
use blindproof_zk::soundness::Term;
use blindproof_zk::transcript::{ProverTranscript, TranscriptError, VerifierTranscript};

/// Commits by sending all values. Binding without any assumption, and as long as the polynomial.
struct SendEverything {
    num_vars: usize,
}

#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("{0} values are too many")]
    TooMany(usize),
    #[error("the value at the point is another one")]
    WrongValue,
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
}

impl MultilinearPcs for SendEverything {
    type ProverData = ();
    type Commitment = Vec<F>;
    type Error = SendError;

    fn num_vars(&self) -> usize {
        self.num_vars
    }

    fn commit(&self, values: &[F], t: &mut ProverTranscript) -> Result<(), SendError> {
        let size = 1 << self.num_vars;
        if values.len() > size {
            return Err(SendError::TooMany(values.len()));
        }
        let mut padded = values.to_vec();
        padded.resize(size, f(0));
        t.send_base("everything", &padded);
        Ok(())
    }

    fn receive(&self, t: &mut VerifierTranscript<'_>) -> Result<Vec<F>, SendError> {
        Ok(t.receive_base("everything", 1 << self.num_vars)?)
    }

    fn open(&self, (): (), _: &[K], _: K, _: &mut ProverTranscript) -> Result<(), SendError> {
        Ok(())
    }

    fn verify(
        &self,
        values: &Vec<F>,
        point: &[K],
        value: K,
        _: &mut VerifierTranscript<'_>,
    ) -> Result<(), SendError> {
        match evaluate_base(values, point) == value {
            true => Ok(()),
            false => Err(SendError::WrongValue),
        }
    }

    /// There is nothing to guess.
    fn soundness(&self) -> Vec<Term> {
        Vec::new()
    }

    fn candidates_log2(&self) -> f64 {
        0.0
    }
}

const PROTOCOL: &str = "example: one evaluation";

fn prove<P: MultilinearPcs>(pcs: &P, values: &[F]) -> Result<Vec<u8>, P::Error> {
    let mut t = ProverTranscript::new(PROTOCOL, b"");
    let data = pcs.commit(values, &mut t)?;
    let point = t.challenges("point", pcs.num_vars());
    let value = evaluate_base(values, &point);
    t.send_ext("value", &[value]);
    pcs.open(data, &point, value, &mut t)?;
    Ok(t.finish())
}

fn verify<P>(pcs: &P, proof: &[u8]) -> Result<(), Box<dyn Error>>
where
    P: MultilinearPcs<Error: Error + 'static>,
{
    let mut t = VerifierTranscript::new(PROTOCOL, b"", proof);
    let commitment = pcs.receive(&mut t)?;
    let point = t.challenges("point", pcs.num_vars());
    let value: K = t.receive_ext("value", 1)?.into_iter().sum();
    pcs.verify(&commitment, &point, value, &mut t)?;
    Ok(t.finish()?)
}

fn show<P>(name: &str, pcs: &P, values: &[F]) -> Result<(), Box<dyn Error>>
where
    P: MultilinearPcs<Error: Error + 'static>,
{
    let proof = prove(pcs, values)?;
    verify(pcs, &proof)?;
    println!("{name}: accepted, {} bytes", proof.len());
    let mut forged = proof.clone();
    forged[3] ^= 1;
    let rejection = verify(pcs, &forged).expect_err("a changed proof");
    println!("{name}: rejected with one bit changed: {rejection}");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let num_vars = 12;
    let values: Vec<F> = (0..1 << num_vars).map(|i| f(i * i)).collect();
    show("sending everything", &SendEverything { num_vars }, &values)?;
    show(
        "WHIR",
        &Whir::new(Config::default().whir(num_vars)?)?,
        &values,
    )
}

#[test]
fn runs() {
    main().unwrap();
}
