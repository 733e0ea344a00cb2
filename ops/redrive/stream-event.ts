import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { _Record as StreamRecord } from '@aws-sdk/client-dynamodb-streams';

/** An event that Lambda's poller of a DynamoDB stream would invoke a function with. */
export interface StreamEvent {
  Records: object[];
}

/** Of what the stream holds. The mappings filter too, but what tells of nothing the functions pass over by themselves. */
export function eventOfRecords(records: StreamRecord[], streamArn: string): StreamEvent {
  return {
    Records: records.map(({ dynamodb, ...record }) => ({
      ...record,
      dynamodb: {
        ...dynamodb,
        ApproximateCreationDateTime: seconds(dynamodb?.ApproximateCreationDateTime),
      },
      eventSourceARN: streamArn,
    })),
  };
}

/** Of messages as they are now, for what the stream does not hold any more. */
export function eventOfRows(rows: Record<string, AttributeValue>[], streamArn: string): StreamEvent {
  return {
    Records: rows.map((row, index) => ({
      eventID: `redrive-${index}`,
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: streamArn.split(':')[3],
      dynamodb: {
        Keys: Object.fromEntries(['roomId', 'seq'].map((key) => [key, row[key]])),
        NewImage: row,
        // Partial responses tell records apart by these.
        SequenceNumber: String(index + 1),
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
      eventSourceARN: streamArn,
    })),
  };
}

function seconds(date: Date | undefined): number | undefined {
  return date && Math.floor(date.getTime() / 1000);
}
