//! Side files made anew by any member: a door, state, roster or bundle that is missing or bad.
