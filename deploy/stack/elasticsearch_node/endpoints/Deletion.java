package io.vamp.stack.elasticsearch;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.action.bulk.BulkItemResponse;
import org.elasticsearch.action.bulk.BulkRequest;
import org.elasticsearch.action.delete.DeleteRequest;
import org.elasticsearch.action.search.ClearScrollRequest;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.action.search.SearchScrollRequest;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.xcontent.XContentBuilder;

/** One run over all that a query finds: scroll, delete each batch, count. Not for two threads. */
final class Deletion {
    private static final TimeValue SCROLL_KEPT = TimeValue.timeValueMinutes(5);

    private final NodeClient client;
    private final String[] indices;
    private final SearchSourceBuilder search;
    private final boolean goOnAfterConflicts;
    private final boolean refresh;

    /** The newest scroll, kept so that it can be given back. */
    private String lastScroll;

    private final List<BulkItemResponse> failures = new ArrayList<>();
    private long total;
    private long deleted;
    private long conflicts;
    private int batches;
    private long tookMillis;

    Deletion(
        NodeClient client,
        String[] indices,
        SearchSourceBuilder search,
        boolean goOnAfterConflicts,
        boolean refresh
    ) {
        this.client = client;
        this.indices = indices;
        this.search = search.sort("_doc").fetchSource(false).seqNoAndPrimaryTerm(true).trackTotalHits(true);
        this.goOnAfterConflicts = goOnAfterConflicts;
        this.refresh = refresh;
    }

    void run() {
        long begun = System.nanoTime();
        try {
            String scroll = firstPage();
            while (scroll != null) {
                scroll = nextPage(scroll);
            }
        } finally {
            clear();
        }
        if (refresh) {
            client.admin().indices().prepareRefresh(indices).get();
        }
        tookMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    }

    boolean stoppedByConflict() {
        return conflicts > 0 && !goOnAfterConflicts;
    }

    void describe(XContentBuilder report) throws IOException {
        report.startObject();
        report.field("took", tookMillis).field("timed_out", false);
        report.field("total", total).field("deleted", deleted).field("batches", batches);
        report.field("version_conflicts", conflicts).field("noops", 0);
        report.startObject("retries").field("bulk", 0).field("search", 0).endObject();
        report.field("throttled_millis", 0);
        report.field("requests_per_second", -1.0f);
        report.field("throttled_until_millis", 0);
        report.startArray("failures");
        for (BulkItemResponse failure : failures) {
            report.startObject();
            report.field("index", failure.getIndex()).field("id", failure.getId());
            report.field("cause", failure.getFailureMessage());
            report.field("status", failure.status().getStatus());
            report.endObject();
        }
        report.endArray();
        report.endObject();
    }

    /** Returns the scroll to go on with, or null at the end. */
    private String firstPage() {
        SearchResponse page = client.search(new SearchRequest(indices, search).scroll(SCROLL_KEPT)).actionGet();
        try {
            total = page.getHits().getTotalHits().value;
            return delete(page);
        } finally {
            page.decRef();
        }
    }

    private String nextPage(String scroll) {
        SearchResponse page = client.searchScroll(new SearchScrollRequest(scroll).scroll(SCROLL_KEPT)).actionGet();
        try {
            return delete(page);
        } finally {
            page.decRef();
        }
    }

    private String delete(SearchResponse page) {
        lastScroll = page.getScrollId();
        SearchHit[] hits = page.getHits().getHits();
        if (hits.length == 0) {
            return null;
        }
        BulkRequest deletions = new BulkRequest();
        for (SearchHit hit : hits) {
            // Only what the query saw: a document written since is a conflict.
            deletions.add(
                new DeleteRequest(hit.getIndex(), hit.getId())
                    .setIfSeqNo(hit.getSeqNo())
                    .setIfPrimaryTerm(hit.getPrimaryTerm())
            );
        }
        batches++;
        for (BulkItemResponse item : client.bulk(deletions).actionGet()) {
            count(item);
        }
        return failures.isEmpty() && !stoppedByConflict() ? lastScroll : null;
    }

    private void count(BulkItemResponse item) {
        if (!item.isFailed()) {
            deleted++;
        } else if (item.status() == RestStatus.CONFLICT) {
            conflicts++;
        } else {
            failures.add(item);
        }
    }

    private void clear() {
        if (lastScroll != null) {
            ClearScrollRequest request = new ClearScrollRequest();
            request.addScrollId(lastScroll);
            client.clearScroll(request).actionGet();
        }
    }
}
