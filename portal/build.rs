//! Builds the crate anew when a file of texts or a migration comes or goes: the macros that read these directories see to
//! files that change, not to new ones.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=migrations");
}
