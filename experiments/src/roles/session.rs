//! Where the files of one session are: one folder, one name for each file.

use std::path::{Path, PathBuf};

use super::RoleError;

/// The two public evaluation keys.
#[derive(Debug, Clone)]
pub struct PublicKeyFiles {
    /// `key-switching.key`
    pub key_switching: PathBuf,
    /// `bootstrapping.key`
    pub bootstrapping: PathBuf,
}

impl PublicKeyFiles {
    /// The key files of a folder.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            key_switching: folder.join("key-switching.key"),
            bootstrapping: folder.join("bootstrapping.key"),
        }
    }
}

/// All keys of a client.
#[derive(Debug, Clone)]
pub struct KeyFiles {
    /// `client.key`, secret.
    pub client: PathBuf,
    /// `public/`, for servers and verifiers.
    pub public: PublicKeyFiles,
}

impl KeyFiles {
    /// `client.key` in `folder`, the public keys in `folder/public`.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            client: folder.join("client.key"),
            public: PublicKeyFiles::in_folder(&folder.join("public")),
        }
    }
}

/// A folder with everything from keys to proof.
#[derive(Debug, Clone)]
pub struct Session {
    /// The folder.
    pub folder: PathBuf,
}

impl Session {
    /// The session in `folder`, which need not exist yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// `keys/`
    pub fn keys(&self) -> KeyFiles {
        KeyFiles::in_folder(&self.folder.join("keys"))
    }

    /// Ciphertexts from the client: `input.ct`
    pub fn input(&self) -> PathBuf {
        self.folder.join("input.ct")
    }

    /// Ciphertexts from the server: `output.ct`
    pub fn output(&self) -> PathBuf {
        self.folder.join("output.ct")
    }

    /// The server's record of the evaluation: `trace`
    pub fn trace(&self) -> PathBuf {
        self.folder.join("trace")
    }

    /// `statement`
    pub fn statement(&self) -> PathBuf {
        self.folder.join("statement")
    }

    /// A commitment to the public keys: `keys/public/key.index`
    pub fn key_index(&self) -> PathBuf {
        self.folder.join("keys").join("public").join("key.index")
    }

    /// Finished parts of a proof that is being made: `proof.work/`
    pub fn work(&self) -> PathBuf {
        self.folder.join("proof.work")
    }

    /// `proof`
    pub fn proof(&self) -> PathBuf {
        self.folder.join("proof")
    }
}

/// Makes the folder that `file` is to be written to.
///
/// # Errors
/// [`RoleError::Folder`].
pub fn make_folder_of(file: &Path) -> Result<(), RoleError> {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => {
            std::fs::create_dir_all(folder).map_err(|source| RoleError::Folder {
                path: folder.to_path_buf(),
                source,
            })
        }
        _ => Ok(()),
    }
}
