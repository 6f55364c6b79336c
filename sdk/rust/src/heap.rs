//! The guest's heap. It begins in an arena that is part of the guest's first memory, so that a usual call never
//! grows its memory: growing costs the host a change of page protections, felt by all of its threads, and every
//! call starts in a fresh instance.

#![allow(unsafe_code, reason = "an allocator hands out raw memory; there is one thread in a guest")]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::memory_grow;
use core::cell::UnsafeCell;
use core::ptr::null_mut;

use dlmalloc::{Allocator, Dlmalloc};

/// Bytes in the arena: enough for usual input, output and what lies between. Untouched pages cost nothing.
const ARENA: usize = 1 << 20;
/// Bytes in a page of WebAssembly.
const PAGE: usize = 64 << 10;

#[repr(align(16))]
struct Arena(UnsafeCell<[u8; ARENA]>);

// SAFETY: a guest has one thread.
unsafe impl Sync for Arena {}

static FIRST: Arena = Arena(UnsafeCell::new([0; ARENA]));

/// Takes from the arena what fits there, then from the memory's growth.
struct Source {
    taken: UnsafeCell<usize>,
}

// SAFETY: every piece is handed out once: `taken` only grows, and so does the memory.
unsafe impl Allocator for Source {
    fn alloc(&self, size: usize) -> (*mut u8, usize, u32) {
        // SAFETY: one thread, and no reference to `taken` lives longer than this line.
        let taken = unsafe { &mut *self.taken.get() };
        if size > ARENA - *taken {
            return grow(size);
        }
        // SAFETY: `taken + size` lies within the arena.
        let piece = unsafe { FIRST.0.get().cast::<u8>().add(*taken) };
        *taken += size;
        (piece, size, 0)
    }

    fn remap(&self, _: *mut u8, _: usize, _: usize, _: bool) -> *mut u8 {
        null_mut()
    }

    fn free_part(&self, _: *mut u8, _: usize, _: usize) -> bool {
        false
    }

    fn free(&self, _: *mut u8, _: usize) -> bool {
        false
    }

    fn can_release_part(&self, _: u32) -> bool {
        false
    }

    fn allocates_zeros(&self) -> bool {
        true
    }

    fn page_size(&self) -> usize {
        PAGE
    }
}

fn grow(size: usize) -> (*mut u8, usize, u32) {
    let pages = size.div_ceil(PAGE);
    let before = memory_grow(0, pages);
    // The last page of all addresses is not given out: a piece's end must be an address too.
    if before == usize::MAX || before + pages >= usize::MAX / PAGE {
        return (null_mut(), 0, 0);
    }
    ((before * PAGE) as *mut u8, pages * PAGE, 0)
}

struct Heap(UnsafeCell<Dlmalloc<Source>>);

// SAFETY: a guest has one thread.
unsafe impl Sync for Heap {}

// SAFETY: each call is passed on as it came; a guest has one thread, so no two are inside at once.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: see the impl.
        unsafe { (*self.0.get()).malloc(layout.size(), layout.align()) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: see the impl.
        unsafe { (*self.0.get()).calloc(layout.size(), layout.align()) }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        // SAFETY: see the impl.
        unsafe { (*self.0.get()).free(piece, layout.size(), layout.align()) }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: see the impl.
        unsafe { (*self.0.get()).realloc(piece, layout.size(), layout.align(), size) }
    }
}

#[global_allocator]
static HEAP: Heap =
    Heap(UnsafeCell::new(Dlmalloc::new_with_allocator(Source { taken: UnsafeCell::new(0) })));
