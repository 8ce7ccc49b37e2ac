//! Memory that refuses what only a length in the input can ask for. libFuzzer watches what is used; what is reserved and
//! never touched it does not see.

use std::alloc::{GlobalAlloc, Layout, System, handle_alloc_error};

/// No input is longer than 64 kB, and nothing that is made of one is a thousand times as large.
const AT_ONCE: usize = 64 * 1024 * 1024;

struct Bounded;

#[global_allocator]
static MEMORY: Bounded = Bounded;

fn check(layout: Layout, size: usize) {
    if size > AT_ONCE {
        handle_alloc_error(layout);
    }
}

// SAFETY: whatever is not refused goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        check(layout, layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        check(layout, layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, start: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        check(layout, size);
        unsafe { System.realloc(start, layout, size) }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        unsafe { System.dealloc(start, layout) }
    }
}
