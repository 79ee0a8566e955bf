-- SPDX-License-Identifier: MIT
--
-- wrk.lua: the words of `cleat load --json` for what wrk has measured.
local function us(percent)
	return latency:percentile(percent)
end

function done(summary, found, requests)
	latency = found
	local wrong = summary.errors.connect + summary.errors.read +
		summary.errors.write + summary.errors.status +
		summary.errors.timeout
	io.write(string.format('{"failures":%d,"messages":%d,' ..
		'"messages_per_second":%.0f,"latency_p50_us":%.1f,' ..
		'"latency_p99_us":%.1f,"latency_p999_us":%.1f,' ..
		'"latency_max_us":%.1f}\n', wrong, summary.requests,
		summary.requests / summary.duration * 1e6,
		us(50), us(99), us(99.9), found.max))
end
