# Link flags of single unit tests: LDFLAGS_<test without .c> := ...

LDFLAGS_tests/unit/storage/test_dir_faults := \
    $(foreach call,write fsync linkat mkdir mkdirat openat close renameat2 \
    fchmod,-Wl,--wrap=$(call))
