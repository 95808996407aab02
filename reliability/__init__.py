"""What cfgcore promises of its stores, put to the test: kills, power loss, failing disks, damage, many writers."""
