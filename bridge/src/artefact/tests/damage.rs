use blindproof_fhe::modulus::P;
use proptest::prelude::*;

use super::*;

/// Writes a file with any payload behind a header whose hash is right: what a forger would do.
fn forge(path: &Path, kind: ArtefactType, payload: &[u8]) {
    let header = Header::of_payload(kind, tiny(), payload).expect("the name fits");
    std::fs::write(path, [header.to_bytes(), payload.to_vec()].concat()).expect("writable");
}

fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

#[test]
fn rejects_every_changed_byte() {
    let folder = tempfile::tempdir().unwrap();
    let (path, bytes) = small_file(folder.path());
    for position in 0..bytes.len() {
        for change in [1u8, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[position] ^= change;
            std::fs::write(&path, &damaged).unwrap();
            let problem = problem_of::<ProofBytes>(&path);
            let as_expected = match position {
                0..8 => matches!(problem, Problem::NotBlindproof),
                8..12 => matches!(problem, Problem::WrongVersion { .. }),
                12..16 => matches!(
                    problem,
                    Problem::UnknownType { .. } | Problem::WrongType { .. }
                ),
                16..80 => matches!(
                    problem,
                    Problem::UnknownParameterSet { .. } | Problem::BadParameterName
                ),
                80..112 => matches!(problem, Problem::OtherDefinition { .. }),
                112..120 => matches!(
                    problem,
                    Problem::Truncated { .. }
                        | Problem::TrailingBytes { .. }
                        | Problem::TooLarge { .. }
                ),
                _ => matches!(problem, Problem::HashMismatch),
            };
            assert!(as_expected, "byte {position} ^ {change}: {problem}");
            assert!(inspect(&path).is_err(), "byte {position} ^ {change}");
        }
    }
}

#[test]
fn rejects_every_shorter_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, bytes) = small_file(folder.path());
    for length in 0..bytes.len() {
        std::fs::write(&path, &bytes[..length]).unwrap();
        let problem = problem_of::<ProofBytes>(&path);
        match length {
            0 => assert!(matches!(problem, Problem::NotBlindproof), "{problem}"),
            _ => assert!(
                matches!(problem, Problem::Truncated { .. }),
                "{length}: {problem}"
            ),
        }
    }
}

#[test]
fn rejects_trailing_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (path, mut bytes) = small_file(folder.path());
    bytes.push(0);
    std::fs::write(&path, &bytes).unwrap();
    assert!(matches!(
        problem_of::<ProofBytes>(&path),
        Problem::TrailingBytes { .. }
    ));
}

#[test]
fn rejects_another_type_and_names_both() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = small_file(folder.path());
    let error = read::<Ciphertexts<Input>>(&path, None).unwrap_err();
    assert!(matches!(
        error.problem,
        Problem::WrongType {
            expected: ArtefactType::InputCiphertexts,
            found: ArtefactType::Proof,
        }
    ));
    let message = error.to_string();
    assert!(message.contains(&path.display().to_string()), "{message}");
    assert!(message.contains("'input ciphertexts'") && message.contains("'proof'"));
}

#[test]
fn tells_input_from_output_ciphertexts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("input.ct");
    write(&path, &ciphertexts(), Existing::Keep).unwrap();
    assert!(matches!(
        problem_of::<Ciphertexts<Output>>(&path),
        Problem::WrongType { .. }
    ));
}

#[test]
fn rejects_other_parameters_and_names_both() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = small_file(folder.path());
    assert!(read::<ProofBytes>(&path, Some(tiny())).is_ok());
    let other = parameters("insecure_message_4");
    match read::<ProofBytes>(&path, Some(other)).unwrap_err().problem {
        Problem::OtherParameters { expected, found } => {
            assert_eq!(
                (expected.as_str(), found.as_str()),
                (other.name, tiny().name)
            );
        }
        problem => panic!("{problem}"),
    }
}

#[test]
fn a_forged_length_is_refused_by_the_limit_or_by_the_end_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, bytes) = small_file(folder.path());
    let limit = ProofBytes::payload_limit(tiny());
    for length in [4, limit, limit + 1, u64::MAX - 152, u64::MAX] {
        let mut forged = bytes.clone();
        forged[112..120].copy_from_slice(&length.to_le_bytes());
        std::fs::write(&path, &forged).unwrap();
        let problem = problem_of::<ProofBytes>(&path);
        assert_eq!(
            length > limit,
            matches!(problem, Problem::TooLarge { .. }),
            "{length}: {problem}"
        );
        assert!(length > limit || matches!(problem, Problem::Truncated { .. }));
    }
}

#[test]
fn key_files_have_exactly_the_length_of_their_parameters() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let count = tiny().key_switching_key_words();
    let word_count = |count: usize| words(&vec![1; count]);
    forge(&path, ArtefactType::KeySwitchingKey, &word_count(count));
    let key = read::<blindproof_fhe::keys::KeySwitchingKey>(&path, None).unwrap();
    assert_eq!(key.words().len(), count);
    for (count, too_large) in [(count - 1, false), (count + 1, true)] {
        forge(&path, ArtefactType::KeySwitchingKey, &word_count(count));
        let problem = read::<blindproof_fhe::keys::KeySwitchingKey>(&path, None)
            .expect_err("the wrong length")
            .problem;
        assert_eq!(too_large, matches!(problem, Problem::TooLarge { .. }));
        assert_eq!(
            !too_large,
            matches!(problem, Problem::PayloadTooShort { .. })
        );
    }
}

#[test]
fn rejects_a_ciphertext_word_that_is_not_canonical() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("input.ct");
    let columns = tiny().big_lwe_dimension() + 1;
    let mut payload = vec![1, 1, columns as u64];
    payload.extend(std::iter::repeat_n(5, columns));
    forge(&path, ArtefactType::InputCiphertexts, &words(&payload));
    assert!(read::<Ciphertexts<Input>>(&path, None).is_ok());
    payload[3 + 9] = P;
    forge(&path, ArtefactType::InputCiphertexts, &words(&payload));
    assert!(matches!(
        problem_of::<Ciphertexts<Input>>(&path),
        Problem::NonCanonicalWord { index: 9, value: P }
    ));
}

#[test]
fn rejects_ciphertexts_whose_shape_does_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("input.ct");
    let columns = tiny().big_lwe_dimension() as u64 + 1;
    let file = |images: u64, rows: u64, columns: u64| {
        let mut payload = vec![images, rows, columns];
        payload.extend(vec![0; (rows * columns) as usize]);
        words(&payload)
    };
    for (images, rows, columns) in [
        (0, 1, columns),
        (2, 3, columns),
        (4, 2, columns),
        (1, 0, columns),
        (1, 1, columns - 1),
        (1, 1, 0),
    ] {
        forge(
            &path,
            ArtefactType::InputCiphertexts,
            &file(images, rows, columns),
        );
        let problem = problem_of::<Ciphertexts<Input>>(&path);
        assert!(
            matches!(problem, Problem::Inconsistent { .. }),
            "{images} {rows} {columns}: {problem}"
        );
    }
    for huge in [
        [u64::MAX, 1, columns],
        [1, u64::MAX, columns],
        [1, 1, u64::MAX],
    ] {
        forge(&path, ArtefactType::InputCiphertexts, &words(&huge));
        let problem = problem_of::<Ciphertexts<Input>>(&path);
        assert!(
            matches!(problem, Problem::SizeOutOfRange { .. }),
            "{problem}"
        );
    }
}

#[test]
fn rejects_seeded_ciphertexts_that_do_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("input.ct");
    // Images, rows, seed, bodies.
    let problem = |payload: &[u64]| {
        forge(&path, ArtefactType::SeededInputCiphertexts, &words(payload));
        InputCiphertexts::read(&path, Some(tiny())).map_err(|error| error.problem)
    };
    let read = problem(&[2, 4, 1, 2, 9, 8, 7, P - 1]).unwrap();
    assert_eq!((read.images(), read.rows()), (2, 4));
    for shape in [[0, 1, 0, 0, 0], [2, 1, 0, 0, 0]] {
        assert!(matches!(
            problem(&shape).unwrap_err(),
            Problem::Inconsistent { .. }
        ));
    }
    assert!(matches!(
        problem(&[1, 0, 0, 0]).unwrap_err(),
        Problem::Inconsistent { .. }
    ));
    for huge in [[u64::MAX, 1], [1, u64::MAX], [1, (1 << 16) + 1]] {
        assert!(matches!(
            problem(&huge).unwrap_err(),
            Problem::SizeOutOfRange { .. }
        ));
    }
    // Rows that are announced cost no memory before they are there.
    for short in [&[1, 1 << 16, 0, 0][..], &[1, 2, 0, 0, 5], &[1, 2, 0], &[1]] {
        assert!(matches!(
            problem(short).unwrap_err(),
            Problem::PayloadTooShort { .. }
        ));
    }
    assert!(matches!(
        problem(&[1, 1, 0, 0, 5, 6]).unwrap_err(),
        Problem::PayloadTooLong { extra: 8 }
    ));
    assert!(matches!(
        problem(&[1, 2, 0, 0, 5, P]).unwrap_err(),
        Problem::NonCanonicalWord { index: 1, value: P }
    ));
    assert!(matches!(
        problem_of::<Ciphertexts<Input>>(&path),
        Problem::WrongType { .. }
    ));
    let other = parameters("insecure_message_4");
    assert!(matches!(
        InputCiphertexts::read(&path, Some(other))
            .unwrap_err()
            .problem,
        Problem::OtherParameters { .. }
    ));
    forge(
        &path,
        ArtefactType::OutputCiphertexts,
        &words(&[1, 1, 0, 0, 5]),
    );
    assert!(matches!(
        InputCiphertexts::read(&path, None).unwrap_err().problem,
        Problem::WrongType { .. }
    ));
}

#[test]
fn rejects_a_parameter_name_with_a_second_spelling() {
    let folder = tempfile::tempdir().unwrap();
    let (path, mut bytes) = small_file(folder.path());
    bytes[79] = b'x';
    std::fs::write(&path, &bytes).unwrap();
    assert!(matches!(
        problem_of::<ProofBytes>(&path),
        Problem::BadParameterName
    ));
}

#[test]
fn a_missing_file_and_a_folder_are_io_errors() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("nowhere"), folder.path().to_path_buf()] {
        assert!(matches!(
            problem_of::<ProofBytes>(&path),
            Problem::Io { .. }
        ));
    }
}

proptest! {
    #[test]
    fn random_payloads_of_every_type_are_read_or_refused_without_panic(
        payload in prop::collection::vec(prop_oneof![0u64..4, Just(65), any::<u64>()], 0..80),
        cut in 0usize..8,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut payload = words(&payload);
        payload.truncate(payload.len().saturating_sub(cut));
        forge(&path, ArtefactType::InputCiphertexts, &payload);
        if let Ok(read) = read::<Ciphertexts<Input>>(&path, None) {
            let (_, again) = encode(&read).unwrap();
            prop_assert_eq!(again, payload.clone());
        }
        forge(&path, ArtefactType::SeededInputCiphertexts, &payload);
        if let Ok(read) = read::<SeededCiphertexts>(&path, None) {
            let (_, again) = encode(&read).unwrap();
            prop_assert_eq!(again, payload.clone());
        }
        forge(&path, ArtefactType::Trace, &payload);
        if let Ok(read) = read::<TraceRecord>(&path, None) {
            let (_, again) = encode(&read).unwrap();
            prop_assert_eq!(again, payload.clone());
        }
        forge(&path, ArtefactType::ClientKey, &payload);
        let _ = read::<blindproof_fhe::keys::ClientKey>(&path, None);
        forge(&path, ArtefactType::Statement, &payload);
        let _ = read::<crate::statement::Statement>(&path, None);
    }

    #[test]
    fn random_files_are_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, &bytes).unwrap();
        prop_assert!(read::<ProofBytes>(&path, None).is_err());
        let with_magic = [&MAGIC[..], &bytes].concat();
        std::fs::write(&path, &with_magic).unwrap();
        prop_assert!(read::<ProofBytes>(&path, None).is_err());
    }
}
