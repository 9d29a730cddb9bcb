// SPDX-License-Identifier: MIT
#include "support/statistics.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace {

struct total {
    const char* word; // in the log
    const char* name; // as a metric
    const char* help;
    std::uint64_t tally::*value;
};

constexpr std::array totals{
    total{"accepted", "framing_connections_total", "Connections, or members by datagrams, in all.",
          &tally::connections},
    total{"refused", "framing_refused_total", "Connections refused.", &tally::refused},
    total{"dropped", "framing_dropped_total", "Connections ended by the server; datagrams forged.",
          &tally::dropped},
    total{"faults", "framing_faults_total", "Violations of the format.", &tally::faults},
    total{"frames_in", "framing_received_frames_total", "Frames received.", &tally::frames_in},
    total{"bytes_in", "framing_received_bytes_total", "Bytes of frames received.",
          &tally::bytes_in},
    total{"frames_out", "framing_sent_frames_total", "Frames sent.", &tally::frames_out},
    total{"bytes_out", "framing_sent_bytes_total", "Bytes of frames sent.", &tally::bytes_out},
};

std::string metric(const std::string& name, const char* kind, const std::string& help,
                   std::uint64_t value) {
    return "# HELP " + name + ' ' + help + "\n# TYPE " + name + ' ' + kind + '\n' + name + ' ' +
           std::to_string(value) + '\n';
}

} // namespace

tally& counted() {
    static tally all;
    return all;
}

std::string to_line(const tally& all, const present& now) {
    std::string line = "statistics: connections=" + std::to_string(now.connections);
    for (const total& each : totals)
        line += ' ' + std::string(each.word) + '=' + std::to_string(all.*each.value);
    return line + " memory=" + std::to_string(now.memory);
}

std::string to_metrics(const tally& all, const present& now) {
    std::string text = metric("framing_connections", "gauge",
                              "Connections, or members by datagrams, now.", now.connections);
    for (const total& each : totals)
        text += metric(each.name, "counter", each.help, all.*each.value);
    return text + metric("process_resident_memory_bytes", "gauge", "Memory in use.", now.memory);
}
