//! The folder of a run: what is refused, replaced and left behind.

use super::{files_in, fresh_folder, write_sample};
use otpdrill::{
    commands::run_dir::{RunDir, RunDirError, default_name},
    exit::Exit,
};
use std::{fs, io, io::Write as _, time::Duration};

#[test]
fn a_folder_with_something_in_it_is_refused() {
    let folder = fresh_folder("occupied");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("manifest.json"), r#"{"name":"a web page"}"#).unwrap();
    let refused = RunDir::prepare(Some(&folder), "unused", false).unwrap_err();
    assert!(matches!(refused, RunDirError::NotEmpty { .. }), "{refused}");
    let foreign = RunDir::prepare(Some(&folder), "unused", true).unwrap_err();
    assert!(matches!(foreign, RunDirError::NotARun { .. }), "{foreign}");
    assert_eq!(foreign.exit(), Exit::Usage);
    assert!(folder.join("manifest.json").exists());
}

#[test]
fn a_run_can_be_replaced_if_asked() {
    let folder = fresh_folder("replaced");
    write_sample(&folder);
    fs::write(folder.join("stale.txt"), "of the last run").unwrap();
    let dir = RunDir::prepare(Some(&folder), "unused", true).unwrap();
    assert!(folder.join("stale.txt").exists(), "the old run stays until there is a new one");
    dir.make_room().unwrap();
    assert!(files_in(dir.path()).is_empty());
}

#[test]
fn a_file_in_the_way_of_the_folder_is_refused() {
    let folder = fresh_folder("in-the-way");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("file");
    fs::write(&file, "").unwrap();
    let refused = RunDir::prepare(Some(&file), "unused", false).unwrap_err();
    assert!(matches!(refused, RunDirError::Unwritable { .. }), "{refused}");
}

#[test]
fn a_write_that_fails_leaves_nothing_and_names_the_file() {
    let folder = fresh_folder("full-disk");
    let dir = RunDir::prepare(Some(&folder), "unused", false).unwrap();
    let failed = dir.write("half.csv", |out| {
        out.write_all(b"half")?;
        Err(io::Error::from(io::ErrorKind::StorageFull))
    });
    let error = failed.unwrap_err();
    assert!(error.to_string().contains("half.csv"), "{error}");
    assert_eq!(error.exit(), Exit::Internal);
    assert_eq!(files_in(&folder), []);
}

#[test]
fn a_default_name_says_when_what_and_with_which_seed() {
    let began = Duration::from_secs(1_767_225_600);
    assert_eq!(default_name(began, "quickstart", 42), "20260101T000000Z-quickstart-42");
}
