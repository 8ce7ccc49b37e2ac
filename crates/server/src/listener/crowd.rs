//! How many connections each address has: nobody alone shall take all places.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Connections of one address at once: a big house behind one address fits in.
const PER_ADDRESS: usize = 2_000;

/// Those who are connected.
#[derive(Debug, Default)]
pub(super) struct Crowd(Mutex<HashMap<IpAddr, usize>>);

/// One connection of an address, until it is dropped.
#[derive(Debug)]
pub(super) struct OneOf {
    crowd: Arc<Crowd>,
    address: Option<IpAddr>,
}

impl Crowd {
    /// Lets one more connection in; one without an address is not counted. `None` where the address has enough.
    pub(super) fn enter(crowd: &Arc<Self>, address: Option<IpAddr>) -> Option<OneOf> {
        if let Some(address) = address {
            let mut counts = crowd.lock();
            let count = counts.entry(address).or_default();
            if *count >= PER_ADDRESS {
                return None;
            }
            *count += 1;
        }
        Some(OneOf {
            crowd: Arc::clone(crowd),
            address,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OneOf {
    fn drop(&mut self) {
        let Some(address) = self.address else {
            return;
        };
        let mut counts = self.crowd.lock();
        if let Some(count) = counts.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_takes_not_all_places() {
        let crowd = Arc::default();
        let one = Some(IpAddr::from([192, 0, 2, 1]));
        let mut inside: Vec<_> = (0..PER_ADDRESS)
            .map(|_| Crowd::enter(&crowd, one).unwrap())
            .collect();
        assert!(Crowd::enter(&crowd, one).is_none());
        let other = Crowd::enter(&crowd, Some(IpAddr::from([192, 0, 2, 2])));
        assert!(other.is_some() && Crowd::enter(&crowd, None).is_some());
        inside.pop();
        assert!(Crowd::enter(&crowd, one).is_some());
        drop((inside, other));
        assert!(crowd.lock().is_empty());
    }
}
