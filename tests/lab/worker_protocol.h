// What the replay says to a terminal's process and hears from it: one JSON object a line, each way, in order. A request
// is answered by exactly one line with its "id"; requests may be sent far ahead of their answers. The process ends at
// the end of its input, or dies; what it had not answered is sent again to the next process on the same files.
//
//   {"id":1,"do":"line","up":true}                        -> {"id":1}        cut the line (false), or restore it
//   {"id":2,"do":"sale","at":MS,"ref":"106","bill":"17","amount":7701,"refund":false,"of":""}
//                                                         -> {"id":2,"points":77}
//       "ref" empty: not a member. The terminal's clock is set to "at" first. The same bill again is answered again.
//       With "code" instead of "ref": what was scanned or typed.
//   {"id":7,"do":"register","at":MS,"name":"...","phone":"...","card":"..."}        -> {"id":7,"existed":false}
//   {"id":8,"do":"redeem","at":MS,"code":"...","points":100}                        -> {"id":8,"points":-100}
//   {"id":9,"do":"card","code":"..."}       -> {"id":9,"name":"...","balance":77,"bills":1,"pending":0}
//   {"id":3,"do":"status"}  ->
//   {"id":3,"waiting":0,"pending":0,"cursor":77,"members":10281,"programme":1,"online":true,"caught_up":true}
//   {"id":4,"do":"report","members":PATH,"days":PATH}     -> {"id":4}        writes the CSVs of figures.h
//   {"id":5,"do":"verify"}                                -> {"id":5}        reads the whole log: hashes, links, holes
//   {"id":6,"do":"stop"}                                  -> {"id":6}        ends the agent in order, then the process
//
// What failed is {"id":N,"error":"..."}; the process goes on.
#pragma once

#include <string>

namespace tally::lab {

struct WorkerOptions {
    std::string dir;          // of the replica; till.key is in it
    std::string ticket_file;  // for the first start; else empty
    std::int64_t clock_ms = 0;
    bool line_up = true;
};

// The hidden sub-command `till-worker`: a terminal without its screen. Returns the exit code.
int run_till_worker(const WorkerOptions& options);

}  // namespace tally::lab
