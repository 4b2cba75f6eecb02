//! Remembers what was found out about domains, each for its time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::Finding;

/// Domains that are remembered.
const MAX_DOMAINS: usize = 10_000;

/// What was found out, and until when it holds.
type Known = (Finding, Instant);

/// What is known about domains. Of several that ask for the same domain at a time, one finds out and the others wait.
#[derive(Default)]
pub(super) struct Cache {
    domains: Mutex<HashMap<String, Arc<OnceCell<Known>>>>,
}

impl Cache {
    /// Gives what is known about a domain, or finds it out.
    pub(super) async fn get_or(
        &self,
        domain: &str,
        find: impl Future<Output = (Finding, Duration)>,
    ) -> Finding {
        let cell = self.cell(domain);
        let known = cell.get_or_init(|| async {
            let (finding, lifetime) = find.await;
            (finding, Instant::now() + lifetime)
        });
        known.await.0.clone()
    }

    /// Gives the place of a domain; an empty one where nothing is known any more.
    fn cell(&self, domain: &str) -> Arc<OnceCell<Known>> {
        let mut domains = self.lock();
        let now = Instant::now();
        if let Some(cell) = domains.get(domain)
            && !is_over(cell, now)
        {
            return Arc::clone(cell);
        }
        if domains.len() >= MAX_DOMAINS {
            domains.retain(|_, cell| !is_over(cell, now));
        }
        if domains.len() >= MAX_DOMAINS
            && let Some(any) = domains.keys().next().cloned()
        {
            domains.remove(&any);
        }
        let cell = Arc::new(OnceCell::new());
        domains.insert(domain.to_owned(), Arc::clone(&cell));
        cell
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<OnceCell<Known>>>> {
        self.domains.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_over(cell: &OnceCell<Known>, now: Instant) -> bool {
    cell.get().is_some_and(|(_, end)| *end <= now)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::{Doubt, Way};
    use super::*;

    async fn ask(cache: &Cache, asked: &AtomicUsize, domain: &str, finding: Finding) -> Finding {
        let find = async {
            asked.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            (finding, Duration::from_mins(1))
        };
        cache.get_or(domain, find).await
    }

    #[tokio::test(start_paused = true)]
    async fn is_asked_once_in_its_time() {
        let (cache, asked) = (Cache::default(), AtomicUsize::new(0));
        let found = tokio::join!(
            ask(&cache, &asked, "a.example", Ok(Way::Dane)),
            ask(&cache, &asked, "a.example", Ok(Way::MtaSts)),
            ask(&cache, &asked, "b.example", Err(Doubt::NoHosts)),
        );
        assert_eq!(found, (Ok(Way::Dane), Ok(Way::Dane), Err(Doubt::NoHosts)));
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        tokio::time::advance(Duration::from_secs(59)).await;
        assert_eq!(ask(&cache, &asked, "a.example", Ok(Way::MtaSts)).await, Ok(Way::Dane));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(ask(&cache, &asked, "a.example", Ok(Way::MtaSts)).await, Ok(Way::MtaSts));
    }

    #[tokio::test]
    async fn who_gives_up_leaves_it_to_the_next_one() {
        let (cache, asked) = (Cache::default(), AtomicUsize::new(0));
        let stuck = cache.get_or("a.example", std::future::pending());
        assert!(tokio::time::timeout(Duration::ZERO, stuck).await.is_err());
        assert_eq!(ask(&cache, &asked, "a.example", Ok(Way::Dane)).await, Ok(Way::Dane));
    }

    #[tokio::test]
    async fn is_bounded() {
        let (cache, asked) = (Cache::default(), AtomicUsize::new(0));
        for number in 0..MAX_DOMAINS + 100 {
            ask(&cache, &asked, &format!("{number}.example"), Ok(Way::Dane)).await.unwrap();
        }
        assert_eq!(cache.lock().len(), MAX_DOMAINS);
    }
}
