#include "ingest/host/decode.h"

#include "ingest/host/reader.h"

#include <doctest/doctest.h>

using namespace belfry::ingest::host;

TEST_CASE("partitions and loop devices are not whole disks") {
    for (const char* whole : {"sda", "vda", "nvme0n1", "mmcblk0", "dm-0", "md0", "zram0", "sr0"})
        CHECK(is_whole_disk(whole));
    for (const char* part : {"sda1", "vdb12", "xvda1", "nvme0n1p1", "mmcblk0p2", "loop3", "ram0"})
        CHECK_FALSE(is_whole_disk(part));
}

TEST_CASE("kernels with fewer fields are read as far as they go") {
    std::vector<DiskStat> disks;
    parse_diskstats("8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n8 0 short 1 2\n", disks);
    REQUIRE(disks.size() == 1);
    CHECK(disks[0].field_count == 11);
    KernelStat stat;
    parse_stat("cpu 1 2 3\nnonsense\ncpu0 1 2 3\n", stat);
    CHECK(stat.total[SYSTEM] == 3);
    CHECK(stat.total[STEAL] == 0);
    CHECK_FALSE(parse_loadavg(""));
    CHECK_FALSE(parse_pressure(""));
    std::vector<ProtocolCounter> counters;
    parse_net_snmp("Tcp: A B\nUdp: 1 2\n", counters);
    CHECK(counters.empty());
}

TEST_CASE("a process name may hold blanks and parentheses") {
    const auto p = parse_process_stat("12 (a) b (c) R 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22");
    REQUIRE(p);
    CHECK(p->name == "a) b (c");
    CHECK(p->state == 'R');
    CHECK(p->cpu_ticks == 11 + 12);
    CHECK(p->threads == 17);
    CHECK(p->start_ticks == 19);
    CHECK(p->rss_pages == 21);
    CHECK_FALSE(parse_process_stat("12 (torn"));
    CHECK_FALSE(parse_process_stat("12 (short) R 1 2"));
    CHECK_FALSE(parse_process_stat(""));
}

TEST_CASE("mounts undo octal escapes and know read-only") {
    const std::vector<Mount> mounts =
        parse_mounts("/dev/sdb1 /mnt/with\\040blank\\134x ext4 ro,relatime 0 0\n/dev/x /end\\04 ext4 rw 0 0\nbroken\n");
    REQUIRE(mounts.size() == 2);
    CHECK(mounts[0].mount_point == "/mnt/with blank\\x");
    CHECK(mounts[0].read_only);
    CHECK(mounts[1].mount_point == "/end\\04");
    CHECK_FALSE(mounts[1].read_only);
}

TEST_CASE("network and pseudo file systems are not asked, the root always is") {
    CHECK(is_measured({.device = "overlay", .mount_point = "/", .type = "overlay"}));
    CHECK(is_measured({.device = "/dev/sda1", .mount_point = "/home", .type = "ext4"}));
    CHECK(is_measured({.device = "tmpfs", .mount_point = "/run", .type = "tmpfs"}));
    CHECK(is_measured({.device = "tmpfs", .mount_point = "/devices", .type = "tmpfs"}));
    CHECK_FALSE(is_measured({.device = "x", .mount_point = "/mnt", .type = "nfs4"}));
    CHECK_FALSE(is_measured({.device = "x", .mount_point = "/mnt", .type = "fuse.sshfs"}));
    CHECK_FALSE(is_measured({.device = "tmpfs", .mount_point = "/dev/shm", .type = "tmpfs"}));
    CHECK_FALSE(is_measured({.device = "proc", .mount_point = "/proc", .type = "proc"}));
}
