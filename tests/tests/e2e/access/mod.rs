//! The pages for everybody: what axe-core finds, narrow windows, large text, right to left, by keyboard alone and without
//! JavaScript.
//!
//! `tests/run` installs axe-core beside the OpenID Connect providers. It is run in the page by the driver, which the page's
//! own policy does not hold up, and so is everything else here that looks at a page.

mod keyboard;
mod sample;
mod survey;
mod tour;
