//! Helpers of the end-to-end tests: the built binary, a tiny model, and damage to files.

// Each test file uses its own part of these helpers.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// Offset of the first payload byte of an artefact file.
pub const PAYLOAD: usize = 152;
/// Where the words of a ciphertext file begin: after images, rows and columns.
pub const CIPHERTEXT_WORDS: usize = PAYLOAD + 24;
/// Where the seed of a file of seeded ciphertexts begins: after images and rows.
pub const SEED: usize = PAYLOAD + 16;
/// Where its bodies begin.
pub const BODIES: usize = SEED + 16;

/// A model small enough to run in a moment, with parameters that offer no security.
pub const MODEL: &str = r#"{
  "format": 2, "name": "tiny", "parameters": "insecure_tiny",
  "input": {"features": 4, "min": 0, "max": 1, "quantise": {"scale": [16], "offset": [0]}},
  "output": {"kind": "argmax"},
  "layers": [
    {"type": "dense", "name": "hidden", "weights": [[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 0, 1]], "bias": [0, 0, 1]},
    {"type": "lut", "name": "activation", "mode": "padded", "tables": [[0, 1, 2, 3]], "output_bits": 8},
    {"type": "dense", "name": "output", "weights": [[2, -1, 1], [-1, 2, 1]], "bias": [0, 1]}
  ]
}"#;

/// Two images for the model; their classes are [`CLASSES`].
pub const PIXELS: &str = "16,16,0,0\n0,0,16,16\n";
/// Hidden (2,0,2) gives logits (6,1); hidden (0,2,2) gives (0,7).
pub const CLASSES: [u64; 2] = [0, 1];

/// Runs the binary.
pub fn blindproof(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_blindproof"))
        .args(arguments)
        .output()
        .expect("the binary starts")
}

/// The exit code, after checking that nothing panicked and that failures say something.
#[track_caller]
pub fn code(output: &Output) -> i32 {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("panicked"), "{stderr}");
    let code = output.status.code().expect("the process was not killed");
    assert!((0..=2).contains(&code), "exit code {code}: {stderr}");
    assert!(
        code == 0 || !stderr.trim().is_empty(),
        "a failure without a message"
    );
    code
}

/// Standard output as text.
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Standard error as text.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Asserts that a command exits with 0.
#[track_caller]
pub fn succeed(arguments: &[&str]) -> Output {
    let output = blindproof(arguments);
    assert_eq!(code(&output), 0, "{arguments:?}: {}", stderr(&output));
    output
}

/// A session folder with the tiny model next to it.
pub struct Session {
    folder: tempfile::TempDir,
}

impl Session {
    /// A folder with the model and the images.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("model.json"), MODEL).expect("writable");
        std::fs::write(folder.path().join("pixels.csv"), PIXELS).expect("writable");
        Self { folder }
    }

    /// A copy of a session that went through all roles once.
    pub fn proven() -> Self {
        static FILES: OnceLock<Vec<(PathBuf, Vec<u8>)>> = OnceLock::new();
        let files = FILES.get_or_init(|| {
            let session = Self::new();
            for role in ["keygen", "encrypt", "evaluate", "prove"] {
                session.succeed(role, &[]);
            }
            let mut files = Vec::new();
            read_folder(session.path(), Path::new(""), &mut files);
            files
        });
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, content) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("inside the folder")).expect("writable");
            std::fs::write(path, content).expect("writable");
        }
        Self { folder }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file of the session.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Runs a role in this session, with the options every role needs.
    pub fn role(&self, role: &str, more: &[&str]) -> Output {
        let (folder, model) = (self.path().display().to_string(), self.file("model.json"));
        let (model, pixels) = (model.display().to_string(), self.file("pixels.csv"));
        let pixels = pixels.display().to_string();
        let mut arguments = vec![role, "--dir", &folder, "--model", &model];
        if role == "encrypt" {
            arguments.extend(["--images", &pixels]);
        }
        arguments.extend(more);
        blindproof(&arguments)
    }

    /// Runs a role that must succeed.
    #[track_caller]
    pub fn succeed(&self, role: &str, more: &[&str]) -> Output {
        let output = self.role(role, more);
        assert_eq!(code(&output), 0, "{role} {more:?}: {}", stderr(&output));
        output
    }

    /// The exit code of `verify`.
    #[track_caller]
    pub fn verify(&self) -> i32 {
        code(&self.role("verify", &[]))
    }

    /// Changes a file.
    pub fn change(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let path = self.file(name);
        let mut bytes = std::fs::read(&path).expect("the file is there");
        change(&mut bytes);
        std::fs::write(&path, bytes).expect("writable");
    }

    /// Changes an artefact and gives it a valid length and hash again, as a forger would.
    pub fn forge(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        self.change(name, |bytes| {
            change(bytes);
            seal(bytes);
        });
    }
}

/// Makes length and hash in the header of an artefact fit its payload.
pub fn seal(bytes: &mut [u8]) {
    let length = (bytes.len() - PAYLOAD) as u64;
    bytes[112..120].copy_from_slice(&length.to_le_bytes());
    let mut hasher = blake3::Hasher::new();
    hasher.update(&bytes[..120]).update(&bytes[PAYLOAD..]);
    bytes[120..PAYLOAD].copy_from_slice(hasher.finalize().as_bytes());
}

/// Replaces the word at a byte offset by another canonical one.
pub fn change_word(bytes: &mut [u8], offset: usize) {
    let field = &mut bytes[offset..offset + 8];
    let mut word = [0; 8];
    word.copy_from_slice(field);
    let word = u64::from_le_bytes(word);
    let changed = if word == 0 { 1 } else { word - 1 };
    field.copy_from_slice(&changed.to_le_bytes());
}

/// A repeatable sequence of positions below `limit` (SplitMix64).
pub fn positions(count: usize, limit: usize, seed: u64) -> Vec<usize> {
    let mut state = seed;
    (0..count)
        .map(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = state;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((word ^ (word >> 31)) % limit as u64) as usize
        })
        .collect()
}

/// All files below `root/below`, by their paths below `root`.
fn read_folder(root: &Path, below: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in std::fs::read_dir(root.join(below)).expect("readable") {
        let entry = entry.expect("readable");
        let name = below.join(entry.file_name());
        if entry.file_type().expect("known").is_dir() {
            read_folder(root, &name, files);
        } else {
            files.push((name, std::fs::read(entry.path()).expect("readable")));
        }
    }
}
