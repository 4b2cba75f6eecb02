//! `[usage]` and `[privacy]`: what is counted, and what readers are told of it.

use std::path::PathBuf;

use jiff::civil::Date;
use serde::Deserialize;

use super::values::ValueError;

/// `[usage]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Usage {
    /// Days that figures are kept for; 0 counts nothing.
    pub keep_days: u64,
    /// The smallest number that is shown.
    pub smallest_shown: u64,
    /// The file with the token that opens the figures over HTTP; without it they aren't there.
    pub admin_token_file: Option<PathBuf>,
}

impl Default for Usage {
    fn default() -> Self {
        Self { keep_days: 90, smallest_shown: 5, admin_token_file: None }
    }
}

/// `[privacy]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "PrivacyTable")]
pub struct Privacy {
    /// Who runs the portal, and how to reach him; empty for nothing.
    pub controller: String,
    /// The file with the organisation's own text, and the day on which that was last changed.
    pub own: Option<OwnPrivacy>,
}

/// The organisation's own privacy statement.
#[derive(Debug, Clone)]
pub struct OwnPrivacy {
    /// The file.
    pub file: PathBuf,
    /// When it was last changed.
    pub updated: Date,
}

/// The keys of the table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PrivacyTable {
    #[serde(default)]
    controller: String,
    file: Option<PathBuf>,
    updated: Option<String>,
}

impl TryFrom<PrivacyTable> for Privacy {
    type Error = ValueError;

    fn try_from(table: PrivacyTable) -> Result<Self, ValueError> {
        let own = match (table.file, table.updated) {
            (None, None) => None,
            (Some(file), Some(updated)) => {
                let updated =
                    updated.parse().ok().ok_or(ValueError::Privacy("updated must be YYYY-MM-DD"))?;
                Some(OwnPrivacy { file, updated })
            }
            (Some(_), None) => {
                return Err(ValueError::Privacy("file wants updated, the day of its last change"));
            }
            (None, Some(_)) => {
                return Err(ValueError::Privacy("updated is the day of file, which is missing"));
            }
        };
        Ok(Self { controller: table.controller, own })
    }
}
