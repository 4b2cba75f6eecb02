//! Builds the crate anew when a file of texts comes or goes: the macro that reads them sees to files that change, not to new
//! ones.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=locales");
}
