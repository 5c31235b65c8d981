//! The main job at full size: `blindproof run digits`, and what its files are good for afterwards.

mod common;

use common::{code, positions, stderr, stdout, succeed};
use serde_json::Value;

#[test]
fn one_digit_from_keys_to_report() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("digits");
    let out = out.display().to_string();
    let output = succeed(&["run", "digits", "--images", "1", "--out", &out, "--json"]);
    let result: Value = serde_json::from_slice(&output.stdout).expect("JSON and nothing else");
    let read = |name: &str| std::fs::read(format!("{out}/{name}")).unwrap();
    let written: Value = serde_json::from_slice(&read("result.json")).unwrap();
    assert_eq!(result, written);

    assert_eq!(result["accuracy_vs_clear"], 1.0);
    assert!(result["soundness_bits"].as_f64().unwrap() >= 128.0);
    assert!(result["peak_rss_bytes"].as_u64().unwrap() < 4 << 30);
    for key in [
        "images",
        "coverage",
        "prove_cpu_seconds",
        "prove_wall_seconds",
        "verify_seconds",
        "proof_bytes",
        "eval_cpu_seconds",
        "parameters",
        "git_commit",
        "host",
    ] {
        assert!(!result[key].is_null(), "{key}");
    }
    let page = String::from_utf8(read("report.html")).unwrap();
    assert!(page.contains("<svg"));

    // The files are those of a session: anyone can verify them again.
    let verify = || common::blindproof(&["verify", "--dir", &out, "--select", "all"]);
    let answer = verify();
    assert_eq!(code(&answer), 0, "{}", stderr(&answer));
    assert!(stdout(&answer).contains("blind rotation 64/64"));
    let proof = read("proof");
    for position in positions(3, proof.len() - common::PAYLOAD, 7) {
        let mut forged = proof.clone();
        forged[common::PAYLOAD + position] ^= 4;
        common::seal(&mut forged);
        std::fs::write(format!("{out}/proof"), &forged).unwrap();
        assert_eq!(code(&verify()), 1, "byte {position}");
    }
}
