#!/bin/sh
# Check every #include against lib/ROOMS, that each package has one door, and
# that no file name repeats.  Prints "file:line: what", exits 1 if anything.
set -eu
cd "$(dirname "$0")/.."

find lib cmd tests -name '*.[ch]' | LC_ALL=C sort | awk '
# What C17 and POSIX have is no package.
BEGIN {
    n = split("assert complex ctype dirent errno fcntl fenv float ftw inttypes" \
              " limits locale math poll sched setjmp stdalign stdarg stdatomic" \
              " stdbool stddef stdint stdio stdlib string strings time unistd" \
              " sys/ioctl sys/mman sys/resource sys/stat sys/statvfs sys/time" \
              " sys/types sys/utsname sys/wait sanitizer/asan_interface", known)
    for (i = 1; i <= n; i++)
        system_header["<" known[i] ".h>"] = 1
    read_rules()
}

function read_rules(    line, part, i, n) {
    while ((getline line <"lib/ROOMS") > 0) {
        sub(/#.*/, "", line)
        n = split(line, part)
        if (n == 0)
            continue
        sub(/:$/, "", part[1])
        if (part[1] ~ /^</) {
            for (i = 2; i <= n; i++)
                door[part[1]] = door[part[1]] " " part[i]
            continue
        }
        for (i = 2; i <= n; i++) {
            if (!(part[i] in room))
                say("lib/ROOMS: " part[1] " names " part[i] \
                    ", which is not above it")
            may[part[1], part[i]] = 1
        }
        room[part[1]] = 1
    }
}

function say(text) {
    print text
    bad = 1
}

# One file.
{
    path = $0
    name = path
    sub(/.*\//, "", name)
    if (name in seen)
        say(path ": the name is taken by " seen[name])
    seen[name] = path
    short = path
    sub(/^lib\//, "", short)
    top = short
    sub(/\/.*/, "", top)
    in_lib = short != path
    if (in_lib && !(top in room))
        say(path ": lib/ROOMS has no room " top)
    for (number = 1; (getline line <path) > 0; number++)
        if (line ~ /^[ \t]*#[ \t]*include/)
            check(line)
    close(path)
}

function check(line,    what, to) {
    if (match(line, /<[^>]*>/))
        package(substr(line, RSTART, RLENGTH))
    if (!in_lib || !match(line, /"[^"]*"/))
        return
    to = substr(line, RSTART + 1, RLENGTH - 2)
    if (to !~ /\//) {
        say(short ":" number ": " to " is included without its room")
        return
    }
    sub(/\/.*/, "", to)
    if (to != top && !((top, to) in may))
        say(short ":" number ": " top " may not see " to)
}

# Tests may use any package, and Check is theirs alone.
function package(what,    part, i, n, open) {
    if (what in system_header || path ~ /^tests\//)
        return
    if (!(what in door)) {
        say(short ":" number ": " what " has no door in lib/ROOMS")
        return
    }
    n = split(door[what], part)
    for (i = 1; i <= n; i++)
        open = open || part[i] == short
    if (!open)
        say(short ":" number ": " what " enters only through" door[what])
}

END { exit bad }
'
