//! Client, server and verifier as separate processes that share nothing but files.

mod common;

use common::{CLASSES, Session, blindproof, code, stderr, stdout, succeed};
use serde_json::Value;

fn json(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("JSON and nothing else")
}

#[test]
fn a_session_from_keys_to_prediction() {
    let session = Session::new();
    for role in ["keygen", "encrypt", "evaluate", "prove"] {
        session.succeed(role, &[]);
    }
    let answer = stdout(&session.succeed("verify", &[]));
    for part in [
        "VERIFIED",
        "linear 10/10",
        "key switch 6/6",
        "modulus switch 6/6",
        "blind rotation 6/6",
        "soundness",
        "zero knowledge  none",
    ] {
        assert!(answer.contains(part), "{part}: {answer}");
    }
    assert!(!answer.contains("NOT proven"), "{answer}");
    let predictions = json(&session.succeed("decrypt", &["--json"]));
    let classes: Vec<_> = predictions["predictions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|prediction| prediction["class"].as_u64().unwrap())
        .collect();
    assert_eq!(classes, CLASSES);
}

#[test]
fn server_and_verifier_need_no_secret_key() {
    let session = Session::proven();
    std::fs::remove_file(session.file("keys/client.key")).unwrap();
    for role in ["evaluate", "prove", "verify"] {
        session.succeed(role, &[]);
    }
    assert_eq!(code(&session.role("decrypt", &[])), 2);
}

#[test]
fn the_verifier_needs_no_trace() {
    let session = Session::proven();
    std::fs::remove_file(session.file("trace")).unwrap();
    assert_eq!(session.verify(), 0);
}

#[test]
fn every_selection_says_what_it_covers() {
    // Linear, key switch, modulus switch, blind rotation.
    for (selection, covered) in [
        ("all", [10, 6, 6, 6]),
        ("linear", [10, 0, 0, 0]),
        ("keyswitch", [0, 6, 0, 0]),
        ("modswitch", [0, 0, 6, 0]),
        ("blindrotation", [0, 0, 0, 6]),
        ("bootstrap", [0, 6, 6, 6]),
        ("linear,modswitch", [10, 0, 6, 0]),
        ("layer:0", [6, 0, 0, 0]),
        ("layer:1", [0, 6, 6, 6]),
        ("layer:2", [4, 0, 0, 0]),
        ("node:3/1+4-5", [0, 0, 0, 3]),
        ("none", [0, 0, 0, 0]),
    ] {
        let session = Session::proven();
        session.succeed("prove", &["--select", selection]);
        let answer = json(&session.succeed("verify", &["--select", selection, "--json"]));
        let proven: Vec<_> = answer["coverage"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["proven"].as_u64().unwrap())
            .collect();
        assert_eq!(proven, covered, "{selection}");
        assert!(answer["sample"].is_null());
        let something = covered.iter().sum::<u64>() > 0;
        assert_eq!(answer["proves_something"], something);
        let bits = answer["soundness_bits"].as_f64();
        assert_eq!(
            bits.is_some_and(|bits| bits >= 128.0),
            something,
            "{selection}: {bits:?}"
        );
    }
}

#[test]
fn a_sample_says_what_it_lets_through() {
    let session = Session::proven();
    for selection in ["sample:0.5", "sample:count=14"] {
        session.succeed("prove", &["--select", selection]);
        let answer = json(&session.succeed("verify", &["--select", selection, "--json"]));
        let proven = answer["coverage"].as_array().unwrap().iter();
        let proven: u64 = proven.map(|entry| entry["proven"].as_u64().unwrap()).sum();
        assert_eq!(proven, 14, "{selection}");
        let sentence = answer["sample"].as_str().unwrap();
        assert!(sentence.contains("14 of 28 operations"), "{sentence}");
        let text = stdout(&session.succeed("verify", &[]));
        assert!(text.contains(sentence), "{text}");
    }
}

#[test]
fn a_verifier_with_an_index_needs_no_key() {
    let session = Session::proven();
    let index = session.file("keys.index").display().to_string();
    session.succeed("index-keys", &["--out", &index]);
    // The proof at hand is about whole keys.
    let output = session.role("verify", &["--key-index", &index]);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("without --key-index"));

    session.succeed("prove", &["--key-index", &index]);
    let output = session.role("verify", &[]);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("blindproof index-keys"));
    std::fs::remove_dir_all(session.file("keys")).unwrap();
    let answer = json(&session.succeed("verify", &["--key-index", &index, "--json"]));
    assert_eq!(answer["keys"], "indexed");
    assert_eq!(answer["not_proven"], serde_json::json!([]));

    let text = stdout(&succeed(&["inspect", &index]));
    assert!(
        text.contains("key index") && text.contains("root"),
        "{text}"
    );
}

#[test]
fn an_index_of_other_keys_is_of_no_use() {
    let session = Session::proven();
    let path = |name: &str| session.file(name).display().to_string();
    let (index, other) = (path("keys.index"), path("other.index"));
    session.succeed("index-keys", &["--out", &index]);
    session.succeed("keygen", &["--out", &path("other")]);
    let keys = path("other/public");
    session.succeed("index-keys", &["--keys", &keys, "--out", &other]);

    // The prover says so; a verifier rejects.
    let output = session.role("prove", &["--key-index", &other]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("index-keys"),
        "{}",
        stderr(&output)
    );
    session.succeed("prove", &["--key-index", &index]);
    assert_eq!(code(&session.role("verify", &["--key-index", &other])), 1);
    session.succeed("verify", &["--key-index", &index]);

    // Damage is noticed, with or without a fitting hash.
    let original = std::fs::read(&index).unwrap();
    for position in common::PAYLOAD..original.len() {
        let mut forged = original.clone();
        forged[position] ^= 1;
        std::fs::write(&index, &forged).unwrap();
        assert_eq!(code(&session.role("verify", &["--key-index", &index])), 2);
        common::seal(&mut forged);
        std::fs::write(&index, &forged).unwrap();
        assert_ne!(code(&session.role("verify", &["--key-index", &index])), 0);
    }
}

#[test]
fn a_proof_that_needs_more_memory_than_allowed_is_refused() {
    let session = Session::proven();
    let output = session.role("prove", &["--memory", "64KiB"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("--memory"), "{}", stderr(&output));
    assert_eq!(session.verify(), 0, "the proof that was there is untouched");
    for size in ["4", "4GB", "-1GiB", "lots", "0B"] {
        let output = session.role("prove", &[&format!("--memory={size}")]);
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains("4GiB"), "{}", stderr(&output));
    }
}

#[test]
fn says_loudly_when_nothing_is_proven() {
    let session = Session::proven();
    session.succeed("prove", &["--select", "none"]);
    let answer = stdout(&session.succeed("verify", &[]));
    assert!(answer.starts_with("NOTHING IS PROVEN"), "{answer}");
    assert!(!answer.contains("VERIFIED"), "{answer}");
}

#[test]
fn a_secret_key_is_replaced_only_by_force() {
    let session = Session::proven();
    let before = std::fs::read(session.file("keys/client.key")).unwrap();
    let public = std::fs::read(session.file("keys/public/key-switching.key")).unwrap();
    let output = session.role("keygen", &[]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("--force"), "{}", stderr(&output));
    assert_eq!(
        std::fs::read(session.file("keys/client.key")).unwrap(),
        before
    );
    assert_eq!(
        std::fs::read(session.file("keys/public/key-switching.key")).unwrap(),
        public
    );
    session.succeed("keygen", &["--force"]);
    assert_ne!(
        std::fs::read(session.file("keys/client.key")).unwrap(),
        before
    );
}

#[test]
fn inspect_describes_every_file() {
    let session = Session::proven();
    for (name, parts) in [
        ("keys/client.key", ["client key", "SECRET"]),
        (
            "keys/public/key-switching.key",
            ["key-switching key", "insecure_tiny"],
        ),
        (
            "keys/public/bootstrapping.key",
            ["bootstrapping key", "GGSW"],
        ),
        ("input.ct", ["input ciphertexts", "LWE dimension"]),
        ("output.ct", ["output ciphertexts", "digest"]),
        ("trace", ["trace", "wire 5"]),
        ("statement", ["statement", "selection"]),
        ("proof", ["proof", "proof bytes"]),
        ("model.json", ["model", "blind rotation"]),
    ] {
        let path = session.file(name).display().to_string();
        let text = stdout(&succeed(&["inspect", &path]));
        for part in parts {
            assert!(text.contains(part), "{name}, {part}: {text}");
        }
        assert!(json(&succeed(&["inspect", "--json", &path])).is_object());
    }
    assert!(stdout(&succeed(&["inspect", "digits-mlp"])).contains("key switch"));
}

#[test]
fn misuse_exits_with_2_and_says_why() {
    let session = Session::proven();
    let model = session.file("model.json").display().to_string();
    let folder = session.path().display().to_string();
    let cases: &[(&[&str], &str)] = &[
        (&[], "Usage"),
        (&["frobnicate"], "frobnicate"),
        (&["verify", "--frobnicate"], "--frobnicate"),
        (&["verify", "--dir", "/nonexistent"], "/nonexistent"),
        (
            &["verify", "--dir", &folder, "--model", "no-model"],
            "no-model",
        ),
        (
            &["keygen", "--dir", &folder, "--parameters", "huge"],
            "message_4",
        ),
        (&["keygen"], "--dir"),
        (&["prove", "--select", "everything"], "everything"),
        (
            &[
                "prove", "--dir", &folder, "--model", &model, "--select", "layer:9",
            ],
            "layer:9",
        ),
        (
            &["prove", "--dir", &folder, "--model", &model, "--bits", "99"],
            "99",
        ),
        (
            &[
                "encrypt",
                "--dir",
                &folder,
                "--model",
                &model,
                "--images",
                "digits:held-out:0..1",
            ],
            "64",
        ),
        (
            &[
                "encrypt",
                "--dir",
                &folder,
                "--model",
                &model,
                "--images",
                "digits:held-out:0..9999",
            ],
            "9999",
        ),
        (&["inspect", "/nonexistent"], "/nonexistent"),
        (&["inspect", "/dev/null"], "/dev/null"),
        (&["run", "digits", "--images", "0"], "--images"),
        (&["run", "digits", "--images", "100000"], "--images"),
        (
            &["run", "digits", "--select", "layer:9", "--out", &folder],
            "layer:9",
        ),
        (&["run", "digits", "--out", &folder], "not empty"),
    ];
    for (arguments, part) in cases {
        let output = blindproof(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        let message = stderr(&output);
        assert!(message.contains(part), "{arguments:?}: {message}");
    }
}

#[test]
fn refuses_pixels_that_do_not_fit_the_model() {
    let session = Session::proven();
    for (text, part) in [
        ("", "no image"),
        ("1,2\n", "2 values"),
        ("1,2,3,16\n1,2,3\n", "line 2"),
        ("1,2,3,4\na,b,c,d\n", "line 2"),
        ("1,2,3,nan\n", "line 1"),
    ] {
        std::fs::write(session.file("pixels.csv"), text).unwrap();
        let output = session.role("encrypt", &[]);
        assert_eq!(code(&output), 2, "{text:?}");
        assert!(stderr(&output).contains(part), "{}", stderr(&output));
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for arguments in [["--help"], ["--version"]] {
        assert_eq!(code(&blindproof(&arguments)), 0);
    }
}
