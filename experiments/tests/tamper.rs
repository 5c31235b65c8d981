//! Whatever is changed, `verify` says no: 1 for a rejected proof, 2 for a file that cannot be used, never 0, never a panic.

mod common;

use blindproof_bridge::artefact::{self, Ciphertexts, Existing, Input, SeededCiphertexts};
use blindproof_fhe::params::ParameterSet;
use common::{
    BODIES, CIPHERTEXT_WORDS, PAYLOAD, SEED, Session, change_word, code, positions, stderr, succeed,
};

#[test]
fn the_untouched_session_is_verified() {
    assert_eq!(Session::proven().verify(), 0);
}

#[test]
fn rejects_a_changed_output_coefficient() {
    let length = Session::proven()
        .file("output.ct")
        .metadata()
        .unwrap()
        .len() as usize;
    let words = (length - CIPHERTEXT_WORDS) / 8;
    for word in [0, 63, 64, words / 2, words - 1] {
        let session = Session::proven();
        session.forge("output.ct", |bytes| {
            change_word(bytes, CIPHERTEXT_WORDS + 8 * word)
        });
        assert_eq!(session.verify(), 1, "word {word}");
    }
}

#[test]
fn rejects_a_changed_seed_or_body_of_the_input() {
    for byte in SEED..BODIES {
        let session = Session::proven();
        session.forge("input.ct", |bytes| bytes[byte] ^= 1);
        assert_eq!(session.verify(), 1, "byte {byte}");
    }
    let length = Session::proven().file("input.ct").metadata().unwrap().len() as usize;
    // Two images of four features.
    assert_eq!(length, BODIES + 8 * 8);
    for offset in (BODIES..length).step_by(8) {
        let session = Session::proven();
        session.forge("input.ct", |bytes| change_word(bytes, offset));
        assert_eq!(session.verify(), 1, "offset {offset}");
    }
}

#[test]
fn ciphertexts_of_both_forms_are_the_same_statement() {
    let session = Session::proven();
    let path = session.file("input.ct");
    let parameters = ParameterSet::by_name("insecure_tiny").unwrap();
    let seeded: SeededCiphertexts = artefact::read(&path, Some(parameters)).unwrap();
    let full = Ciphertexts::<Input>::new(parameters, seeded.images, seeded.lwe.expand()).unwrap();
    artefact::write(&path, &full, Existing::Replace).unwrap();
    assert_eq!(session.verify(), 0);
    let output = std::fs::read(session.file("output.ct")).unwrap();
    session.succeed("evaluate", &[]);
    assert_eq!(std::fs::read(session.file("output.ct")).unwrap(), output);
    session.succeed("prove", &[]);
    assert_eq!(session.verify(), 0);

    let words = (path.metadata().unwrap().len() as usize - CIPHERTEXT_WORDS) / 8;
    for word in [0, 64, words / 2, words - 1] {
        session.forge("input.ct", |bytes| {
            change_word(bytes, CIPHERTEXT_WORDS + 8 * word)
        });
        assert_eq!(session.verify(), 1, "word {word}");
    }
}

#[test]
fn refuses_inputs_of_another_number_of_ciphertexts() {
    // Eight bodies as those of one image, and of four.
    for images in [1, 4] {
        let session = Session::proven();
        session.forge("input.ct", |bytes| bytes[PAYLOAD] = images);
        for role in ["evaluate", "prove", "verify"] {
            let output = session.role(role, &[]);
            assert_eq!(code(&output), 2, "{role}");
            assert!(stderr(&output).contains("has 4 for each image"));
        }
    }
}

#[test]
fn rejects_a_changed_model() {
    for (from, to) in [
        ("[1, 1, 0, 0]", "[1, 0, 0, 0]"),
        ("[2, -1, 1]", "[2, -1, 0]"),
        (r#""bias": [0, 1]"#, r#""bias": [0, 0]"#),
        (r#""tables": [[0, 1, 2, 3]]"#, r#""tables": [[0, 1, 2, 2]]"#),
        (r#""output_bits": 8"#, r#""output_bits": 9"#),
    ] {
        let session = Session::proven();
        let model = common::MODEL.replacen(from, to, 1);
        assert_ne!(model, common::MODEL);
        std::fs::write(session.file("model.json"), model).unwrap();
        assert_eq!(session.verify(), 1, "{from} -> {to}");
    }
}

#[test]
fn rejects_changed_evaluation_keys() {
    for key in [
        "keys/public/key-switching.key",
        "keys/public/bootstrapping.key",
    ] {
        let length = Session::proven().file(key).metadata().unwrap().len() as usize;
        for position in positions(4, (length - PAYLOAD) / 8, 1) {
            let session = Session::proven();
            session.forge(key, |bytes| change_word(bytes, PAYLOAD + 8 * position));
            assert_eq!(session.verify(), 1, "{key}, word {position}");
        }
    }
}

#[test]
fn rejects_a_changed_proof_byte_even_with_a_valid_hash() {
    let session = Session::proven();
    let original = std::fs::read(session.file("proof")).unwrap();
    let payload = original.len() - PAYLOAD;
    // The first and the last bytes, and many in between.
    let mut chosen = positions(400, payload, 2);
    chosen.extend([0, 1, 31, 32, payload - 1, payload - 8]);
    for position in chosen {
        let mut forged = original.clone();
        forged[PAYLOAD + position] ^= 1 << (position % 8);
        common::seal(&mut forged);
        std::fs::write(session.file("proof"), forged).unwrap();
        assert_eq!(session.verify(), 1, "payload byte {position}");
    }
}

#[test]
fn rejects_a_changed_byte_anywhere_in_the_proof_file() {
    let session = Session::proven();
    let original = std::fs::read(session.file("proof")).unwrap();
    let mut chosen = positions(20, original.len(), 3);
    chosen.extend((0..PAYLOAD).step_by(7));
    for position in chosen {
        let mut damaged = original.clone();
        damaged[position] ^= 0x10;
        std::fs::write(session.file("proof"), damaged).unwrap();
        assert_eq!(session.verify(), 2, "byte {position}");
    }
}

#[test]
fn rejects_a_shortened_or_lengthened_proof() {
    let length = Session::proven().file("proof").metadata().unwrap().len() as usize;
    let payload = length - PAYLOAD;
    for keep in [0, 1, 31, 32, payload / 2, payload - 8, payload - 1] {
        let session = Session::proven();
        session.forge("proof", |bytes| bytes.truncate(PAYLOAD + keep));
        assert_eq!(session.verify(), 1, "{keep} bytes");
    }
    for more in [1, 8, 24] {
        let session = Session::proven();
        session.forge("proof", |bytes| bytes.extend(vec![0; more]));
        assert_eq!(session.verify(), 1, "{more} more bytes");
    }
}

#[test]
fn rejects_every_changed_statement_byte() {
    let session = Session::proven();
    let original = std::fs::read(session.file("statement")).unwrap();
    for position in PAYLOAD..original.len() {
        for change in [1, 0xff] {
            let mut forged = original.clone();
            forged[position] ^= change;
            common::seal(&mut forged);
            std::fs::write(session.file("statement"), forged).unwrap();
            assert_ne!(session.verify(), 0, "byte {position} ^ {change}");
        }
    }
}

#[test]
fn rejects_truncated_files() {
    for name in [
        "proof",
        "statement",
        "input.ct",
        "output.ct",
        "keys/public/key-switching.key",
        "keys/public/bootstrapping.key",
    ] {
        let length = Session::proven().file(name).metadata().unwrap().len() as usize;
        for keep in [0, 5, 8, 100, PAYLOAD, length - 1] {
            let session = Session::proven();
            session.change(name, |bytes| bytes.truncate(keep));
            let output = session.role("verify", &[]);
            assert_eq!(code(&output), 2, "{name}, {keep} bytes");
            let file = name.rsplit('/').next().unwrap();
            assert!(stderr(&output).contains(file), "{}", stderr(&output));
        }
    }
}

#[test]
fn rejects_files_of_other_parameters_and_names_them() {
    let session = Session::proven();
    let keys = session.file("other").display().to_string();
    succeed(&[
        "keygen",
        "--parameters",
        "insecure_k1_l2_g4",
        "--out",
        &keys,
    ]);
    let keys = session.file("other/public").display().to_string();
    for role in ["evaluate", "prove", "verify"] {
        let output = session.role(role, &["--keys", &keys]);
        assert_eq!(code(&output), 2);
        let message = stderr(&output);
        assert!(
            message.contains("insecure_k1_l2_g4") && message.contains("insecure_tiny"),
            "{message}"
        );
    }
}

#[test]
fn rejects_files_of_another_type() {
    let session = Session::proven();
    let path = |name: &str| session.file(name).display().to_string();
    for (option, wrong) in [
        ("--input", "output.ct"),
        ("--output", "input.ct"),
        ("--statement", "proof"),
        ("--proof", "statement"),
        ("--proof", "model.json"),
        ("--proof", "nowhere"),
    ] {
        let output = session.role("verify", &[option, &path(wrong)]);
        assert_eq!(code(&output), 2, "{option} {wrong}");
        assert!(stderr(&output).contains(wrong), "{}", stderr(&output));
    }
}

#[test]
fn rejects_a_proof_about_other_ciphertexts() {
    // The same client, model and images, encrypted and evaluated again.
    let (session, other) = (Session::proven(), Session::proven());
    for role in ["encrypt", "evaluate", "prove"] {
        other.succeed(role, &[]);
    }
    assert_eq!(other.verify(), 0);
    for name in ["proof", "statement", "output.ct", "input.ct"] {
        let path = other.file(name).display().to_string();
        let option = format!("--{}", name.trim_end_matches(".ct"));
        let output = session.role("verify", &[&option, &path]);
        assert_eq!(code(&output), 1, "{name}");
    }
}

#[test]
fn rejects_another_selection_and_a_lower_level_than_asked_for() {
    let session = Session::proven();
    assert_eq!(code(&session.role("verify", &["--select", "all"])), 0);
    for selection in ["none", "linear", "keyswitch", "modswitch", "layer:0"] {
        assert_eq!(code(&session.role("verify", &["--select", selection])), 1);
    }
    session.succeed("prove", &["--bits", "100"]);
    assert_eq!(session.verify(), 1);
    assert_eq!(code(&session.role("verify", &["--bits", "100"])), 0);
}

/// Byte offsets of the words of each wire in a trace file.
fn wires(trace: &[u8]) -> Vec<std::ops::Range<usize>> {
    let word =
        |offset: usize| u64::from_le_bytes(trace[offset..offset + 8].try_into().unwrap()) as usize;
    let mut offset = PAYLOAD + 16;
    (0..word(PAYLOAD + 8))
        .map(|_| {
            let start = offset + 16;
            offset = start + 8 * word(offset) * word(offset + 8);
            start..offset
        })
        .collect()
}

#[test]
fn a_wrong_trace_gives_no_accepted_proof() {
    let trace = std::fs::read(Session::proven().file("trace")).unwrap();
    let wires = wires(&trace);
    assert_eq!(wires.last().unwrap().end, trace.len());
    // Input, linear, key switch, modulus switch, blind rotation, linear (output).
    assert_eq!(wires.len(), 6);
    for (wire, range) in wires.into_iter().enumerate() {
        for word in positions(4, range.len() / 8, wire as u64) {
            let session = Session::proven();
            session.forge("trace", |bytes| change_word(bytes, range.start + 8 * word));
            let proven = code(&session.role("prove", &[]));
            assert_ne!(proven, 1, "proving does not reject");
            if proven == 0 {
                assert_eq!(session.verify(), 1, "wire {wire}, word {word}");
            }
        }
    }
}

#[test]
fn a_wrong_evaluation_with_its_own_statement_is_rejected() {
    // A server that lies consistently: output file and trace agree on a wrong output, and the statement is about it.
    let session = Session::proven();
    let trace = std::fs::read(session.file("trace")).unwrap();
    let output = wires(&trace).pop().unwrap();
    session.forge("trace", |bytes| change_word(bytes, output.start + 8 * 64));
    session.forge("output.ct", |bytes| {
        change_word(bytes, CIPHERTEXT_WORDS + 8 * 64)
    });
    session.succeed("prove", &[]);
    assert_eq!(session.verify(), 1);
}
